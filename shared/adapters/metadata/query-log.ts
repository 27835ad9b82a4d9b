/** The query log in PostgreSQL, written behind the caller's back. */
import { type Selectable, sql } from "kysely";
import { keptPart } from "../../query/kept-text.ts";
import type { QueryLog, QueryRecord } from "../../query/ports.ts";
import type { JsonValue } from "../../sources/ports.ts";
import type { MetadataDatabase } from "./database.ts";
import type { QueryLogTable } from "./tables.ts";
import type { WriteBehind } from "./write-behind.ts";

export function createQueryLog(db: MetadataDatabase, pending: WriteBehind<QueryRecord>): QueryLog {
  return {
    append: (record) => pending.add(record),
    list: async (filter) => {
      await pending.drain();
      let query = db
        .selectFrom("query_log")
        .selectAll()
        .orderBy("query_id", "desc")
        .limit(filter.limit);
      if (filter.principal !== null) query = query.where("principal", "=", filter.principal);
      if (filter.sourceId !== null) query = query.where("source_id", "=", filter.sourceId);
      if (filter.sources !== null)
        query = query.where("source_id", "in", filter.sources.length > 0 ? filter.sources : [""]);
      if (filter.beforeId !== null) query = query.where("query_id", "<", filter.beforeId);
      return (await query.execute()).map(toRecord);
    },
    find: async (queryId) => {
      await pending.drain();
      const row = await db
        .selectFrom("query_log")
        .selectAll()
        .where("query_id", "=", queryId)
        .executeTakeFirst();
      return row === undefined ? null : toRecord(row);
    },
    frequent: async (filter) => {
      await pending.drain();
      return (await frequent(db, filter)).map(({ count, at, ...row }) => ({
        ...row,
        count: Number(count),
        at: at.getTime(),
      }));
    },
  };
}

/** How far back usage is counted: a bound on the reading, whatever the log has grown to. */
const RECENT = 20_000;
const MOST_GROUPS = 1_000;

/** Of the newest records those that were answered, counted by their very text; the newest of each stands for it. */
function frequent(db: MetadataDatabase, filter: Parameters<QueryLog["frequent"]>[0]) {
  return db
    .selectFrom(
      db
        .selectFrom("query_log")
        .select(["query_id", "at", "principal", "question", "sql", "provenance"])
        .where("source_id", "=", filter.sourceId)
        .where("outcome", "=", "answer")
        .where("provenance", "in", ["generated", "given"])
        .where("sql", "is not", null)
        .$if(filter.principal !== null, (query) =>
          query.where("principal", "=", filter.principal ?? ""),
        )
        .orderBy("query_id", "desc")
        .limit(RECENT)
        .as("recent"),
    )
    .select(({ fn, ref }) => [
      "recent.question as question",
      sql<string>`${ref("recent.sql")}`.as("sql"),
      sql<"generated" | "given">`${ref("recent.provenance")}`.as("provenance"),
      fn.countAll<string>().as("count"),
      fn.max("recent.at").as("at"),
      fn.max("recent.query_id").as("queryId"),
    ])
    .groupBy(["recent.question", "recent.sql", "recent.provenance"])
    .orderBy("count", "desc")
    .orderBy("queryId", "desc")
    .limit(MOST_GROUPS)
    .execute();
}

/**
 * One parameter for the whole batch: to bind each column of each record costs more than the insert itself. A batch may
 * be sent twice after a lost connection: the second time changes nothing.
 */
export async function writeQueryRecords(
  db: MetadataDatabase,
  records: readonly QueryRecord[],
): Promise<void> {
  const batch = JSON.stringify(
    records.map((record) => ({
      query_id: record.queryId,
      at: new Date(record.at),
      principal: record.principal,
      source_id: record.sourceId,
      question: storable(record.question),
      sql: storable(record.sql),
      outcome: record.outcome,
      provenance: record.provenance,
      cache_status: record.cacheStatus,
      row_count: record.rowCount,
      duration_ms: record.durationMs,
      params: storableJson(record.params),
      model_id: record.model?.modelId ?? null,
      model_version: record.model?.version ?? null,
    })),
  );
  await sql`
    insert into query_log (query_id, at, principal, source_id, question, sql, outcome, provenance, cache_status, row_count,
      duration_ms, params, model_id, model_version)
    select query_id, at, principal, source_id, question, sql, outcome, provenance, cache_status, row_count, duration_ms, params,
      model_id, model_version
    from jsonb_to_recordset(${batch}::text::jsonb) as r (query_id text, at timestamptz, principal text, source_id text,
      question text, sql text, outcome text, provenance text, cache_status text, row_count integer, duration_ms double precision, params jsonb,
      model_id text, model_version integer)
    on conflict (query_id) do nothing`.execute(db);
}

const storable = (text: string | null): string | null => (text === null ? null : keptPart(text));

function storableJson(value: JsonValue): JsonValue {
  if (typeof value === "string") return keptPart(value);
  if (Array.isArray(value)) return value.map(storableJson);
  return value;
}

function toRecord(row: Selectable<QueryLogTable>): QueryRecord {
  return {
    queryId: row.query_id,
    at: row.at.getTime(),
    principal: row.principal,
    sourceId: row.source_id,
    question: row.question,
    sql: row.sql,
    outcome: row.outcome,
    provenance: row.provenance,
    cacheStatus: row.cache_status,
    rowCount: row.row_count,
    durationMs: row.duration_ms,
    params: row.params,
    ...(row.model_id !== null && {
      model: { modelId: row.model_id, version: row.model_version ?? 0 },
    }),
  };
}
