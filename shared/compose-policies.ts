/** Policies: where they are kept, and how each dialect is rewritten. Only PostgreSQL's grammar is loaded at the start. */
import { deriveSecret } from "./adapters/crypto/derive-secret.ts";
import type { Clock } from "./kernel/clock.ts";
import { once } from "./kernel/once.ts";
import { createPolicyEngine } from "./policy/policy-engine.ts";
import { createPolicyMemory } from "./policy/policy-memory.ts";
import type { PolicyDialect, PolicyDialects, PolicyStore } from "./policy/ports.ts";
import { createPostgresDialect } from "./policy/postgres-dialect.ts";
import type { SqlParser } from "./sql/ports.ts";
import { createStatementRestrictor } from "./sql/restrict-statement.ts";
import { createSqlGuard } from "./sql/sql-guard.ts";

export function composePolicies(
  { policyStore, clock }: { readonly policyStore: PolicyStore; readonly clock: Clock },
  parser: SqlParser,
  masterKey: Uint8Array,
) {
  const policyMemory = createPolicyMemory({ store: policyStore, clock });
  const policyDialects = openPolicyDialects(parser);
  const saltOf = (sourceId: string) => deriveSecret(masterKey, `mask-salt:${sourceId}`);
  const policies = createPolicyEngine({ dialects: policyDialects, policies: policyMemory, saltOf });
  return { policyMemory, policyDialects, policies };
}

export function openPolicyDialects(parser: SqlParser): PolicyDialects {
  const postgres = createPostgresDialect({
    parser,
    guard: createSqlGuard(parser),
    restrictor: createStatementRestrictor(parser),
  });
  const duckdb = once(openDuckdb);
  const snowflake = once(openSnowflake);
  return {
    of: (dialect) => {
      if (dialect === "postgres") return postgres;
      return dialect === "duckdb" ? duckdb() : snowflake();
    },
  };
}

async function openDuckdb(): Promise<PolicyDialect> {
  const [{ createDuckdbDialect }, { duckdbParser }] = await Promise.all([
    import("./sql/duckdb/duckdb-dialect.ts"),
    import("./adapters/data-lake/duckdb-parser.ts"),
  ]);
  return createDuckdbDialect(duckdbParser);
}

async function openSnowflake(): Promise<PolicyDialect> {
  const [{ createSnowflakeDialect }, { createSnowflakeParser }] = await Promise.all([
    import("./sql/snowflake/snowflake-dialect.ts"),
    import("./adapters/sqlparser-rs/snowflake-parser.ts"),
  ]);
  return createSnowflakeDialect(await createSnowflakeParser());
}
