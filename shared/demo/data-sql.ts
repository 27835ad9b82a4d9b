/** The demo source's rows: generated inside PostgreSQL from hashes of row numbers, so every machine gets the same ones. */
import { commerceSql } from "./commerce-sql.ts";
import { operationsSql } from "./operations-sql.ts";
import { peopleSql } from "./people-sql.ts";

const tables =
  "incidents, jobs, pipelines, predictions, model_versions, models, tickets, order_items, orders, products, customers, employees, teams";

/** Empties every demo table, for a rebuild on a later day. */
export const demoClearSql = `truncate ${tables};`;

/** Uniform in [0, 1) from a row number and a salt, and a pick from an array by such a number. */
const helpers = `
create function demo_random(n bigint, salt bigint) returns double precision language sql immutable parallel safe
  as $$ select (hashint8extended(n, salt) & 16777215)::double precision / 16777216 $$;
create function demo_pick(choices text[], u double precision) returns text language sql immutable parallel safe
  as $$ select choices[1 + floor(u * cardinality(choices))::integer] $$;
`;

const cleanUp = `
drop function demo_random(bigint, bigint);
drop function demo_pick(text[], double precision);
analyze ${tables};
`;

/**
 * Fills the demo tables with about 13 months that end on the day given (`YYYY-MM-DD`, UTC).
 * Only jobs scheduled for the next day lie after it. Throws a RangeError on anything but a calendar day.
 */
export function demoDataSql(today: string): string {
  if (!isCalendarDay(today)) {
    throw new RangeError("today must be a calendar day, YYYY-MM-DD");
  }
  const midnight = `timestamptz '${today} 00:00:00+00'`;
  return `${helpers}${peopleSql(midnight)}${commerceSql(midnight)}${operationsSql(midnight)}${cleanUp}`;
}

function isCalendarDay(day: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) {
    return false;
  }
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day);
}
