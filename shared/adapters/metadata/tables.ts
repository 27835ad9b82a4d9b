/** The rows of the metadata database, table by table. */
import type { ColumnType, Generated } from "kysely";
import type { QueryLimits } from "../../kernel/context.ts";
import type { JsonValue } from "../../sources/ports.ts";
import type { AlertTables } from "./alerts-tables.ts";
import type { ExampleTables } from "./example-tables.ts";
import type { HealthTables } from "./health-tables.ts";
import type { JobTables } from "./jobs-tables.ts";
import type { PolicyTables } from "./policy-tables.ts";
import type { SemanticTables } from "./semantic-tables.ts";

/** Read as a Date, written as a Date. */
type Time = ColumnType<Date, Date, Date>;
/** Read as a value, written as JSON text (both drivers would take an array for a PostgreSQL array). */
type JsonColumn<T> = ColumnType<T, string, string>;
/** node-postgres reads bigint as text, PGlite as a number. */
type Counter = ColumnType<string | number, number, number>;

export interface ModelsTable {
  model_id: string;
  description: string | null;
  status: "active" | "retired";
  revision: Generated<number>;
  created_at: Time;
  updated_at: Time;
}

export interface ModelVersionsTable {
  model_id: string;
  version: number;
  digest: string;
  config: JsonColumn<unknown>;
  created_at: Time;
  created_by: string;
}

/** Append-only: what happened to a model, in order. Labels are what the newest `label-moved` of each says. */
export interface ModelEventsTable {
  model_id: string;
  sequence: number;
  event: "version-registered" | "label-moved" | "model-retired" | "model-restored";
  at: Time;
  by: string;
  version: number | null;
  label: string | null;
  previous_version: number | null;
  reason: string | null;
}

export interface ApiKeysTable {
  key_id: string;
  hash: string;
  owner: string;
  hint: string;
  permissions: JsonColumn<string[]>;
  roles: JsonColumn<string[]>;
  sources: ColumnType<string[] | null, string | null, string | null>;
  attributes: JsonColumn<Record<string, string>>;
  limits: ColumnType<QueryLimits | null, string | null, string | null>;
  created_at: Time;
  expires_at: ColumnType<Date | null, Date | null, Date | null>;
  revoked_at: ColumnType<Date | null, Date | null, Date | null>;
  last_used_at: ColumnType<Date | null, Date | null, Date | null>;
  usage_count: Counter;
}

export interface SourcesTable {
  source_id: string;
  type: string;
  config: JsonColumn<Record<string, never>>;
  /** Envelope-encrypted; see adapters/crypto. */
  credentials: string;
  created_at: Time;
  created_by: string;
}

export interface QueryLogTable {
  query_id: string;
  at: Time;
  principal: string;
  source_id: string;
  question: string | null;
  sql: string | null;
  outcome: string;
  provenance: string | null;
  cache_status: string | null;
  row_count: number | null;
  duration_ms: number;
  /** Of answered questions only: what a caller sends with his own SQL is not kept. */
  params: ColumnType<JsonValue[] | null, string | null, string | null>;
  /** The registered model that asked, and the version that its name meant then. */
  model_id: string | null;
  model_version: number | null;
}

/** One row per (day, source, event): additive, so that every instance may count at once. */
export interface CacheCountersTable {
  day: string;
  source_id: string;
  event: string;
  count: Counter;
}

/** The part of these counts that was asked for by a registered model. */
export interface CacheModelCountersTable extends CacheCountersTable {
  model_id: string;
}

/** What was last looked at of each source's cache misses. */
export interface CacheWatchTable {
  source_id: string;
  slot: Time;
  hits: Counter;
  misses: Counter;
  missing: boolean;
  rate: number | null;
  incident_open: boolean;
  version: number;
}

export interface CacheEpochsTable {
  source_id: string;
  /** A table's name, or `*` for the whole source. */
  scope: string;
  epoch: Counter;
}

/** One row per day (UTC): additive, so that all instances keep one limit. */
export interface LanguageModelDaysTable {
  day: string;
  calls: Counter;
  prompt_tokens: Counter;
  completion_tokens: Counter;
  reserved_tokens: Counter;
}

export interface IdempotencyTable {
  key: string;
  request_digest: string;
  state: "running" | "done";
  reply: JsonColumn<unknown> | null;
  claimed_at: Time;
}

export interface MetadataTables
  extends AlertTables,
    ExampleTables,
    HealthTables,
    JobTables,
    PolicyTables,
    SemanticTables {
  models: ModelsTable;
  model_versions: ModelVersionsTable;
  model_events: ModelEventsTable;
  api_keys: ApiKeysTable;
  sources: SourcesTable;
  query_log: QueryLogTable;
  cache_counters: CacheCountersTable;
  cache_model_counters: CacheModelCountersTable;
  cache_epochs: CacheEpochsTable;
  cache_watch: CacheWatchTable;
  idempotency: IdempotencyTable;
  language_model_days: LanguageModelDaysTable;
}
