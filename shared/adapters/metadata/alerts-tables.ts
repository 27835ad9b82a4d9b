/** The tables of incidents, deliveries and dead letters, as Kysely sees them. */
import type { ColumnType, JSONColumnType } from "kysely";
import type {
  ChannelName,
  DeliveryAttempt,
  DeliveryEvent,
  DeliveryState,
  Evidence,
  IncidentState,
  Severity,
} from "../../alerts/ports.ts";

type Time = ColumnType<Date, Date, Date>;
type NullableTime = ColumnType<Date | null, Date | null, Date | null>;

export interface IncidentRow {
  incident_id: string;
  dedup_key: string;
  rule: string;
  severity: Severity;
  summary: string;
  evidence: JSONColumnType<Evidence>;
  state: IncidentState;
  opened_at: Time;
  resolved_at: NullableTime;
  /** When the last opening notice is or was due; null where it was suppressed. */
  notified_at: NullableTime;
}

export interface AlertDeliveryRow {
  delivery_id: string;
  incident_id: string;
  event: DeliveryEvent;
  channel: ChannelName;
  state: DeliveryState;
  attempts: JSONColumnType<readonly DeliveryAttempt[]>;
  reason: string | null;
  due_at: Time;
  /** How often a worker took the right to send; the latest number is the fence. */
  claim: number;
  leased_until: NullableTime;
}

export interface DeadLetterRow {
  queue: string;
  message_id: string;
  body: string;
  reason: string;
  at: Time;
}

export interface AlertTables {
  incidents: IncidentRow;
  alert_deliveries: AlertDeliveryRow;
  dead_letters: DeadLetterRow;
}
