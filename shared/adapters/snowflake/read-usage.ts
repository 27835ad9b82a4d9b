/** What the warehouses cost and what ran on them lately, from the table functions of INFORMATION_SCHEMA. */
import type { WarehouseHour, WarehouseQuery, WarehouseUsage } from "../../sources/usage-ports.ts";
import { LARGE, type NamedRow, numberOf, type Query, textOf } from "./read-rows.ts";
import { quoteName } from "./statement-text.ts";

/** The function's own limit is 10,000; the last thousand are what a page shows. */
const MAX_QUERIES = 1_000;

/** Only what the role may see: MONITOR on a warehouse shows it, without it the lists are shorter. */
export async function readUsage(
  query: Query,
  database: string,
  signal: AbortSignal,
): Promise<WarehouseUsage> {
  const from = `${quoteName(database)}.INFORMATION_SCHEMA`;
  const hours = await query(
    `SELECT WAREHOUSE_NAME, START_TIME, CREDITS_USED FROM TABLE(${from}.WAREHOUSE_METERING_HISTORY(DATE_RANGE_START => DATEADD('hour', -24, CURRENT_TIMESTAMP()))) ORDER BY START_TIME DESC`,
    LARGE,
    signal,
  );
  const queries = await query(
    `SELECT QUERY_ID, EXECUTION_STATUS, WAREHOUSE_NAME, START_TIME, TOTAL_ELAPSED_TIME, BYTES_SCANNED, ROWS_PRODUCED, QUEUED_PROVISIONING_TIME + QUEUED_REPAIR_TIME + QUEUED_OVERLOAD_TIME AS QUEUED_TIME, QUERY_TAG FROM TABLE(${from}.QUERY_HISTORY(RESULT_LIMIT => ${MAX_QUERIES})) ORDER BY START_TIME DESC`,
    LARGE,
    signal,
  );
  return { hours: hours.map(toHour), queries: queries.map(toQuery) };
}

function toHour(row: NamedRow): WarehouseHour {
  return {
    warehouse: textOf(row, "warehouse_name"),
    startedAt: utc(textOf(row, "start_time")),
    credits: numberOf(row, "credits_used"),
  };
}

function toQuery(row: NamedRow): WarehouseQuery {
  return {
    queryId: textOf(row, "query_id"),
    status: textOf(row, "execution_status").toLowerCase(),
    warehouse: textOf(row, "warehouse_name") || null,
    startedAt: utc(textOf(row, "start_time")),
    elapsedMs: numberOf(row, "total_elapsed_time"),
    bytesScanned: numberOf(row, "bytes_scanned"),
    rowsProduced: numberOf(row, "rows_produced"),
    queuedMs: numberOf(row, "queued_time"),
    tag: textOf(row, "query_tag"),
  };
}

/** START_TIME is a TIMESTAMP_LTZ, which the cells give in UTC already; another type keeps its own text. */
function utc(text: string): string {
  const time = Date.parse(text);
  return Number.isNaN(time) ? text : new Date(time).toISOString();
}
