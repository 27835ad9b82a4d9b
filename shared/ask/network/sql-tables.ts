/** The tables of a parsed SELECT, under the names it gives them. */
import { isDefaultSchema } from "../../kernel/table-names.ts";
import type { SchemaGraph } from "./graph.ts";
import { child, type SqlNode, Unsupported } from "./parsed-sql.ts";

export interface ReadTables {
  /** Alias or name, lower case, to table. */
  readonly names: ReadonlyMap<string, number>;
  /** The nodes that say on what they are joined. */
  readonly joins: readonly SqlNode[];
}

/** @throws Unsupported for anything but different tables joined from the inside. */
export function readTables(from: readonly SqlNode[], graph: SchemaGraph): ReadTables {
  const found = { names: new Map<string, number>(), joins: [] };
  for (const one of from) {
    readOne(one, graph, found);
  }
  const tables = [...found.names.values()];
  if (tables.length === 0 || new Set(tables).size !== tables.length) {
    throw new Unsupported("no table, or one joined with itself");
  }
  return found;
}

interface Found {
  readonly names: Map<string, number>;
  readonly joins: SqlNode[];
}

function readOne(from: SqlNode, graph: SchemaGraph, found: Found): void {
  const join = child(from, "JoinExpr");
  if (join !== undefined) {
    if (join.jointype !== "JOIN_INNER") {
      throw new Unsupported("an outer join");
    }
    readOne(child(join, "larg") ?? {}, graph, found);
    readOne(child(join, "rarg") ?? {}, graph, found);
    found.joins.push(join);
    return;
  }
  const table = child(from, "RangeVar");
  if (table === undefined) {
    throw new Unsupported("a query in FROM");
  }
  const name = String(table.relname).toLowerCase();
  const at = namedTable(table, graph);
  if (at === undefined) {
    throw new Unsupported(`no table ${name}`);
  }
  const key = String(child(table, "alias")?.aliasname ?? name).toLowerCase();
  if (found.names.has(key)) {
    throw new Unsupported("a table joined with itself");
  }
  found.names.set(key, at);
}

/** Without its schema a name means the table of the default schema, or the only one of that name. @param table A RangeVar. */
export function namedTable(table: SqlNode, { tables }: SchemaGraph): number | undefined {
  const name = String(table.relname).toLowerCase();
  const named = tables.flatMap(({ info }, at) =>
    info.name.toLowerCase() === name ? [{ at, schema: info.schema.toLowerCase() }] : [],
  );
  const wanted =
    table.schemaname === undefined ? undefined : String(table.schemaname).toLowerCase();
  const fitting = named.filter((one) =>
    wanted === undefined
      ? named.length === 1 || isDefaultSchema(one.schema)
      : one.schema === wanted,
  );
  return fitting.length === 1 ? fitting[0]?.at : undefined;
}
