/** Which relations a statement may name: tables of the source, in the one schema they live in, and its own CTEs. */
import { shown } from "../refusals.ts";
import { SYSTEM_RELATIONS } from "./functions.generated.ts";
import { type CteNames, type Fields, folded } from "./walk-ast.ts";

/** Where DuckDB keeps what is made in a database, and so the tables of a source. */
export const LAKE_SCHEMA = "main";

const system: ReadonlySet<string> = new Set(SYSTEM_RELATIONS.trim().split(/\s+/));

/** DuckDB takes a table's name that looks like a file for the file (a "replacement scan"). */
const FILE_LIKE =
  /[/\\*?[\]]|^[a-z][a-z0-9+.-]*:|\.(csv|tsv|txt|parquet|json|jsonl|ndjson|geojson|xlsx?|avro|arrow|feather|orc|db|ddb|duckdb|sqlite3?|sql|gz|zst|bz2|zip)$/i;

export const looksLikeFile = (name: string): boolean => FILE_LIKE.test(name);

export interface RelationRefusal {
  readonly rule: string;
  readonly message: string;
}

/** Null for a relation in order. */
export function objectionToTable(node: Fields): RelationRefusal | null {
  const schema = folded(String(node.schema_name ?? ""));
  const name = String(node.table_name);
  if (schema !== "" && schema !== LAKE_SCHEMA)
    return {
      rule: "catalog_relation",
      message: `The schema ${shown(schema)} is not open to queries: the tables are in ${LAKE_SCHEMA}.`,
    };
  if (looksLikeFile(name))
    return {
      rule: "file_relation",
      message: `${shown(name)} would be read as a file: only tables of the source can be read.`,
    };
  if (system.has(folded(name)) || /^(duckdb|pragma|sqlite|pg)_/.test(folded(name)))
    return {
      rule: "catalog_relation",
      message: `${shown(name)} belongs to the engine's catalogue, which is not open to queries.`,
    };
  return null;
}

/** A name without a schema that a CTE in reach has taken. */
export function isCte(node: Fields, ctes: CteNames): boolean {
  return (node.schema_name ?? "") === "" && ctes.has(folded(String(node.table_name)));
}
