/** Tells whether an example's SQL still fits the schema, by the tables it reads; the guard judges the SQL itself. */
import type { SourceSchema } from "../sources/ports.ts";

const cache = new WeakMap<SourceSchema, ReadonlySet<string>>();

/** False when any name after `from` or `join` is neither a table of the schema nor defined by the statement's `with`. */
export function namesOnlyKnownTables(sql: string, schema: SourceSchema): boolean {
  const text = sql
    .replace(/'(?:[^']|'')*'/g, "''")
    .replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ")
    .replace(/\bextract\s*\(\s*\w+\s+from\b/gi, "extract(")
    .replace(/\bis\s+(?:not\s+)?distinct\s+from\b/gi, "=");
  const known = knownTables(schema);
  const defined = new Set(
    [
      ...text.matchAll(
        /(?:\bwith|,)\s+(?:recursive\s+)?("?\w+"?)\s+as\s+(?:not\s+)?(?:materialized\s+)?\(/gi,
      ),
    ].map((match) => bare(match[1])),
  );
  return readNames(text).every((name) => known.has(name) || defined.has(name));
}

function readNames(text: string): readonly string[] {
  const name = String.raw`(?:"[^"]+"|[a-z_]\w*)(?:\s*\.\s*(?:"[^"]+"|[a-z_]\w*))?`;
  const list = new RegExp(
    String.raw`\b(?:from|join)\s+(?:only\s+)?(?!lateral\b|generate_series\b|unnest\b)(${name})(?!\s*\()`,
    "gi",
  );
  return [...text.matchAll(list)].map((match) => bare(match[1]));
}

function bare(name: string | undefined): string {
  return (name ?? "").replace(/\s/g, "").replaceAll('"', "").toLowerCase();
}

function knownTables(schema: SourceSchema): ReadonlySet<string> {
  const known =
    cache.get(schema) ??
    new Set(
      schema.tables.flatMap((table) => [bare(table.name), bare(`${table.schema}.${table.name}`)]),
    );
  cache.set(schema, known);
  return known;
}
