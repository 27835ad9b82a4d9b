/** Policies in PostgreSQL. */
import { type Kysely, type Selectable, sql } from "kysely";
import type { Policy, PolicyStore } from "../../policy/ports.ts";
import type { PolicyRow, PolicyTables } from "./policy-tables.ts";

export function createPolicyStore(db: Kysely<PolicyTables>): PolicyStore {
  return {
    async list() {
      const rows = await db.selectFrom("policies").selectAll().orderBy("policy_id").execute();
      return rows.map(policyOf);
    },
    async put(policy) {
      const { policy_id, ...rest } = rowOf(policy);
      const row = await db
        .insertInto("policies")
        .values({ policy_id, ...rest })
        .onConflict((conflict) => conflict.column("policy_id").doUpdateSet(rest))
        // A row that was updated has the id of the transaction that did it; one that was inserted has none.
        .returning(sql<boolean>`xmax = 0`.as("created"))
        .executeTakeFirstOrThrow();
      return row.created;
    },
    async remove(policyId) {
      const row = await db
        .deleteFrom("policies")
        .where("policy_id", "=", policyId)
        .returning("policy_id")
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}

function rowOf(policy: Policy) {
  return {
    policy_id: policy.policyId,
    source_id: policy.sourceId,
    roles: JSON.stringify(policy.roles),
    schema_name: policy.schema,
    table_name: policy.table,
    columns: policy.columns === null ? null : JSON.stringify(policy.columns),
    row_filter: policy.rowFilter,
    masks: JSON.stringify(policy.masks),
    updated_at: new Date(policy.updatedAt),
    updated_by: policy.updatedBy,
  };
}

function policyOf(row: Selectable<PolicyRow>): Policy {
  return {
    policyId: row.policy_id,
    sourceId: row.source_id,
    roles: row.roles,
    schema: row.schema_name,
    table: row.table_name,
    columns: row.columns,
    rowFilter: row.row_filter,
    masks: row.masks,
    updatedAt: row.updated_at.getTime(),
    updatedBy: row.updated_by,
  };
}
