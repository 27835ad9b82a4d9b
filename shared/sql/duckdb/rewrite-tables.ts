/** Puts a restricted query in the place of every table of a statement: how policies reach DuckDB without text surgery. */
import type { DuckdbAst } from "./ports.ts";
import { isCte } from "./relation-rules.ts";
import { type CteNames, type Fields, folded, walkAst } from "./walk-ast.ts";

export interface DuckdbTable {
  /** Null where the statement did not say; lower case, as DuckDB compares. */
  readonly schema: string | null;
  readonly name: string;
}

/** The restricted query as DuckDB serialises it, or null to leave the table as it is. Asked once for each place. */
export type ReplaceTable = (table: DuckdbTable) => DuckdbAst | null;

/**
 * A new statement; the old one stays as it was. CTE names are no tables, and what is put in is not looked into again.
 * @throws for a tree with a node that the shapes do not know, since a table could hide there.
 */
export function rewriteDuckdbTables(statement: DuckdbAst, replaceTable: ReplaceTable): DuckdbAst {
  const copy = structuredClone(statement);
  const replaced = new Set<string>();
  const columns: Fields[] = [];
  walkAst(copy, {
    enter(kind, node, ctes) {
      if (kind === "expression") {
        if (node.class === "COLUMN_REF") columns.push(node);
        // What it became was not described by the shape of what it was.
        if (node.class === "CONSTANT" && keepDouble(node)) return false;
      }
      if (kind !== "relation" || node.type !== "BASE_TABLE") return true;
      return !replaceNode(node, ctes, replaceTable, replaced);
    },
    unknown(what) {
      throw new Error(`cannot rewrite a statement with ${what}`);
    },
  });
  for (const column of columns) dropSchema(column, replaced);
  return copy;
}

function replaceNode(
  node: Fields,
  ctes: CteNames,
  replaceTable: ReplaceTable,
  replaced: Set<string>,
): boolean {
  if (isCte(node, ctes)) return false;
  const schema = folded(String(node.schema_name ?? ""));
  const name = String(node.table_name);
  const subquery = replaceTable({ schema: schema === "" ? null : schema, name: folded(name) });
  if (subquery === null) return false;
  const { alias, sample, query_location, column_name_alias } = node;
  for (const key of Object.keys(node)) delete node[key];
  Object.assign(node, {
    type: "SUBQUERY",
    // Columns are named by the table's own name where it has no other.
    alias: alias === "" ? name : alias,
    sample,
    query_location,
    subquery: structuredClone(subquery),
    column_name_alias,
  });
  replaced.add(folded(name));
  return true;
}

/** `main.sales.region` names a table of the catalogue; the query that stands for it has no schema. */
function dropSchema(column: Fields, replaced: ReadonlySet<string>): void {
  const [schema, table, ...rest] = column.column_names as readonly string[];
  if (schema === undefined || table === undefined || rest.length === 0) return;
  if (folded(schema) === "main" && replaced.has(folded(table)))
    column.column_names = [table, ...rest];
}

/** DuckDB writes the double 1e3 as `1000.0`, which it reads as a decimal: a cast says what it is. */
function keepDouble(node: Fields): boolean {
  const { type, is_null: isNull, value } = node.value as Fields;
  if ((type as Fields).id !== "DOUBLE" || isNull === true) return false;
  const digits = (value as { $number?: string }).$number ?? String(value);
  const { alias, query_location } = node;
  for (const key of Object.keys(node)) delete node[key];
  Object.assign(node, {
    class: "CAST",
    type: "OPERATOR_CAST",
    alias,
    query_location,
    child: {
      class: "CONSTANT",
      type: "VALUE_CONSTANT",
      alias: "",
      query_location,
      value: { type: { id: "VARCHAR", type_info: null }, is_null: false, value: digits },
    },
    cast_type: type,
    try_cast: false,
  });
  return true;
}
