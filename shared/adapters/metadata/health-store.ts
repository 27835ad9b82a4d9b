/** The health of targets in PostgreSQL, with optimistic concurrency on `version`. */
import { type Kysely, type Selectable, sql } from "kysely";
import type { HealthStore, TargetHealth } from "../../health/ports.ts";
import type { HealthTables, TargetHealthRow } from "./health-tables.ts";

export function createHealthStore(db: Kysely<HealthTables>): HealthStore {
  return {
    async load(target) {
      const row = await db
        .selectFrom("target_health")
        .selectAll()
        .where("target", "=", target)
        .executeTakeFirst();
      return row === undefined ? null : healthOf(row);
    },
    async save(next) {
      const row = rowOf(next);
      if (next.version === 1) {
        const made = await db
          .insertInto("target_health")
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .returning("target")
          .executeTakeFirst();
        return made !== undefined;
      }
      const changed = await db
        .updateTable("target_health")
        .set(row)
        .where("target", "=", next.target)
        .where("version", "=", next.version - 1)
        .returning("target")
        .executeTakeFirst();
      return changed !== undefined;
    },
    async list(prefix) {
      const rows = await db
        .selectFrom("target_health")
        .selectAll()
        .where(sql<boolean>`starts_with(target, ${prefix})`)
        .orderBy("target")
        .execute();
      return rows.map(healthOf);
    },
    async remove(target) {
      await db.deleteFrom("target_health").where("target", "=", target).execute();
    },
  };
}

function healthOf(row: Selectable<TargetHealthRow>): TargetHealth {
  return {
    target: row.target,
    state: row.state,
    consecutiveFailures: row.consecutive_failures,
    consecutiveSuccesses: row.consecutive_successes,
    lastCheckedAt: row.last_checked_at.toISOString(),
    lastStatus: row.last_status,
    evidence: row.evidence,
    latencyMs: row.latency_ms,
    lastSlot: row.last_slot.getTime(),
    incidentOpen: row.incident_open,
    version: row.version,
  };
}

function rowOf(health: TargetHealth) {
  return {
    target: health.target,
    state: health.state,
    consecutive_failures: health.consecutiveFailures,
    consecutive_successes: health.consecutiveSuccesses,
    last_checked_at: new Date(health.lastCheckedAt),
    last_status: health.lastStatus,
    evidence: health.evidence,
    latency_ms: health.latencyMs,
    last_slot: new Date(health.lastSlot),
    incident_open: health.incidentOpen,
    version: health.version,
  };
}
