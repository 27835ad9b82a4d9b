/** The table of target health, as Kysely sees it. */
import type { ColumnType } from "kysely";
import type { CheckOutcome, HealthState } from "../../health/health-state.ts";

type Time = ColumnType<Date, Date, Date>;

export interface TargetHealthRow {
  target: string;
  state: HealthState;
  consecutive_failures: number;
  consecutive_successes: number;
  last_checked_at: Time;
  last_status: CheckOutcome;
  evidence: string;
  latency_ms: number | null;
  last_slot: Time;
  incident_open: boolean;
  version: number;
}

export interface HealthTables {
  target_health: TargetHealthRow;
}
