/** The query log in PostgreSQL, written behind the caller's back. */
import { type Selectable, sql } from "kysely";
import type { QueryLog, QueryRecord } from "../../query/ports.ts";
import type { MetadataDatabase } from "./database.ts";
import type { QueryLogTable } from "./tables.ts";
import type { WriteBehind } from "./write-behind.ts";

/** What is kept of a text; the statement itself may be 256 KiB. */
const MAX_TEXT = 16_384;

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
  };
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
    })),
  );
  await sql`
    insert into query_log
    select query_id, at, principal, source_id, question, sql, outcome, provenance, cache_status, row_count, duration_ms
    from jsonb_to_recordset(${batch}::text::jsonb) as r (query_id text, at timestamptz, principal text, source_id text,
      question text, sql text, outcome text, provenance text, cache_status text, row_count integer, duration_ms double precision)
    on conflict (query_id) do nothing`.execute(db);
}

/** PostgreSQL's text holds no NUL, and a refused statement may. */
function storable(text: string | null): string | null {
  return text === null
    ? null
    : text.slice(0, MAX_TEXT).replaceAll("\u0000", "\ufffd").toWellFormed();
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
  };
}
