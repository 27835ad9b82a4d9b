/** What the three dialects write differently in the queries the network makes. */
import type { JsonValue, SqlDialect } from "../../sources/ports.ts";
import { quoteIdentifier } from "../render.ts";

/** Collects parameters while the text is written. */
export interface Writer {
  readonly dialect: SqlDialect;
  readonly params: JsonValue[];
}

export function quoteName(name: string, dialect: SqlDialect): string {
  if (dialect !== "snowflake") {
    return quoteIdentifier(name);
  }
  return /^[A-Z_][A-Z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export function bindText(value: string, { params, dialect }: Writer): string {
  params.push(value);
  return `$${params.length}::${dialect === "postgres" ? "text" : "varchar"}`;
}

export function bindNumber(value: number, { params, dialect }: Writer): string {
  params.push(value);
  const whole = Number.isSafeInteger(value);
  return `$${params.length}::${whole ? "bigint" : dialect === "postgres" ? "numeric" : "double"}`;
}

export type Moment = "date" | "timestamp" | "timestamptz";

/** How moments in a column of this type are written. */
export function momentOf(type: string): Moment {
  if (/^date($|\b(?!time))/.test(type)) {
    return "date";
  }
  return /with time zone|timestamptz|timestamp_tz|timestamp_ltz/.test(type)
    ? "timestamptz"
    : "timestamp";
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

export function truncated(
  column: string,
  grain: string,
  type: string,
  { dialect }: Writer,
): string {
  return dialect === "postgres" && momentOf(type) === "timestamptz"
    ? `date_trunc('${grain}', ${column}, 'UTC')`
    : `date_trunc('${grain}', ${column})`;
}

export function asText(expression: string, { dialect }: Writer): string {
  return `${expression}::${dialect === "postgres" ? "text" : "varchar"}`;
}

/** Text that holds a number as that number, and nothing where it holds none. */
export function asNumber(expression: string, { dialect }: Writer): string {
  switch (dialect) {
    case "postgres":
      return `(case when ${expression} ~ '^\\s*-?[0-9]+(\\.[0-9]+)?\\s*$' then ${expression}::numeric end)`;
    case "duckdb":
      return `try_cast(${expression} as double)`;
    case "snowflake":
      return `try_to_double(${expression})`;
  }
}
