/** Query records in the contract's shapes. */
import type { z } from "zod";
import type { HistoryItem } from "../../shared/contract/query.ts";
import type { QueryRecord } from "../../shared/query/ports.ts";
import { isoTime } from "./page.ts";

export const toHistoryItem = (record: QueryRecord): z.input<typeof HistoryItem> => ({
  query_id: record.queryId,
  at: isoTime(record.at),
  principal: record.principal,
  source: record.sourceId,
  model: record.model ? `${record.model.modelId}@${record.model.version}` : null,
  question: record.question,
  sql: record.sql,
  outcome: record.outcome,
  provenance: record.provenance,
  cache_status: record.cacheStatus,
  row_count: record.rowCount,
  duration_ms: Math.round(record.durationMs * 1_000) / 1_000,
});
