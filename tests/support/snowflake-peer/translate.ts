/** The little of Snowflake's SQL that the tests speak → PostgreSQL's. Strings and quoted names are left as they are. */
import type { Binding } from "./engine.ts";

const castOf: Readonly<Record<string, string>> = {
  FIXED: "::numeric",
  REAL: "::float8",
  BOOLEAN: "::boolean",
  TEXT: "::text",
  VARIANT: "::json",
};

const rules: readonly (readonly [RegExp, string])[] = [
  [/\bINFORMATION_SCHEMA\s*\./gi, "sf_information."],
  [/\bSYSTEM\$LAST_CHANGE_COMMIT_TIME\b/gi, "last_change"],
  [/\bSYSTEM\$WAIT\b/gi, "waited"],
  [
    /\bTABLE\s*\(\s*GENERATOR\s*\(\s*ROWCOUNT\s*=>\s*(\d+)\s*\)\s*\)/gi,
    "generate_series(0, $1 - 1) generated(n)",
  ],
  [/\bSEQ8\s*\(\s*\)/gi, "generated.n"],
  [/\bCURRENT_VERSION\s*\(\s*\)/gi, "'9.30.1'"],
  [/::\s*(?:NUMBER|DECIMAL)\b/gi, "::numeric"],
  [/::\s*STRING\b/gi, "::text"],
  [/::\s*VARIANT\b/gi, "::json"],
  [/\bCURRENT_TIMESTAMP\s*\(\s*\)/gi, "current_timestamp"],
];

/** A string, a quoted name, or what lies between them. */
const PARTS = /'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|[^'"]+/gs;

export function toPostgres(sql: string, bindings: readonly Binding[], database: string): string {
  const parts = (sql.match(PARTS) ?? []).map((part, i, all) => {
    if (part.startsWith("'")) return toPostgresString(part);
    if (part.startsWith('"'))
      return isDatabase(part, all[i + 1], database) ? "" : toPostgresName(part);
    return translatePlain(
      i > 0 && isDatabase(all[i - 1], part, database) ? part.replace(/^\s*\./, "") : part,
      bindings,
    );
  });
  return rules.reduce(
    (text, [pattern, to]) => replaceOutsideStrings(text, pattern, to),
    parts.join(""),
  );
}

/** Unquoted names are stored in capitals there, in small letters here. */
const toPostgresName = (part: string): string =>
  /^"[A-Z_][A-Z0-9_]*"$/.test(part) ? part.toLowerCase() : part;

function isDatabase(part: string | undefined, next: string | undefined, database: string): boolean {
  return part === `"${database}"` && /^\s*\./.test(next ?? "");
}

/** Snowflake's backslash escapes need PostgreSQL's E'…'. */
function toPostgresString(part: string): string {
  return part.includes("\\") ? ` E${part}` : part;
}

function translatePlain(part: string, bindings: readonly Binding[]): string {
  return part.replace(/(?<!:):(\d+)/g, (_whole, number: string) => {
    const binding = bindings[Number(number) - 1];
    return `$${number}${castOf[binding?.type ?? "TEXT"] ?? "::text"}`;
  });
}

function replaceOutsideStrings(text: string, pattern: RegExp, to: string): string {
  return (text.match(PARTS) ?? [])
    .map((part) =>
      part.startsWith("'") || part.startsWith('"') ? part : part.replace(pattern, to),
    )
    .join("");
}
