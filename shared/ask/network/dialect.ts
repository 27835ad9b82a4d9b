/** What the three dialects write differently in the queries the network makes. */
import type { SqlDialect } from "../../sources/ports.ts";
import type { Writer } from "../moments.ts";
import { quoteIdentifier } from "../render.ts";

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
