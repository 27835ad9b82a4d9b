/** Moments in SQL: how a column of them is compared with a period, and cut to a day, week or month. */
import type { JsonValue, SqlDialect } from "../sources/ports.ts";

/** Collects parameters while the text is written. */
export interface Writer {
  readonly dialect: SqlDialect;
  readonly params: JsonValue[];
}

export type Moment = "date" | "timestamp" | "timestamptz";

const DAY = 86_400_000;

const zoned = /with time zone|timestamptz/;
const zonedInSnowflake = /timestamp_l?tz/;

/** How moments in a column of this type are written. */
export function momentOf(type: string, dialect: SqlDialect): Moment {
  if (/^date($|\b(?!time))/.test(type)) {
    return "date";
  }
  const hasZone = zoned.test(type) || (dialect === "snowflake" && zonedInSnowflake.test(type));
  return hasZone ? "timestamptz" : "timestamp";
}

/** @param at Milliseconds since the Unix epoch. */
export function bindMoment(at: number, moment: Moment, { params, dialect }: Writer): string {
  const iso = new Date(at).toISOString();
  params.push(
    moment === "date" ? iso.slice(0, 10) : moment === "timestamp" ? iso.slice(0, -1) : iso,
  );
  const type = dialect === "snowflake" && moment === "timestamptz" ? "timestamp_tz" : moment;
  return `$${params.length}::${type}`;
}

/** The midnight at or after it. */
export const endOfDay = (at: number): number => Math.ceil(at / DAY) * DAY;

/** Empty for a period that is open at both ends. */
export function periodLimits(
  column: string,
  type: string,
  { from, to }: { readonly from?: number; readonly to?: number },
  writer: Writer,
): readonly string[] {
  const moment = momentOf(type, writer.dialect);
  // A day column counts a day that has begun: an end inside a day moves to the end of it.
  const end = to !== undefined && moment === "date" ? endOfDay(to) : to;
  return [
    ...(from === undefined ? [] : [`${column} >= ${bindMoment(from, moment, writer)}`]),
    ...(end === undefined ? [] : [`${column} < ${bindMoment(end, moment, writer)}`]),
  ];
}

/** @param column Of this type. */
export function truncated(
  column: string,
  grain: string,
  type: string,
  { dialect }: Writer,
): string {
  return dialect === "postgres" && momentOf(type, dialect) === "timestamptz"
    ? `date_trunc('${grain}', ${column}, 'UTC')`
    : `date_trunc('${grain}', ${column})`;
}
