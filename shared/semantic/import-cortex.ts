/** Reads a semantic model of Snowflake's Cortex Analyst (its YAML, as JSON) into ours. */
import { inWords } from "../kernel/identifiers.ts";
import {
  type Collecting,
  type Converted,
  collectEntry,
  describe,
  type Fields,
  type ForeignTable,
  fieldsOf,
  listOf,
  physicalSql,
  plainName,
  qualified,
  readTables,
  startConversion,
  textOf,
  textsOf,
} from "./foreign-model.ts";

const KINDS = [
  ["dimensions", "dimension"],
  ["time_dimensions", "time"],
  ["facts", "measure"],
  ["measures", "measure"],
] as const;
const AGGREGATIONS: ReadonlySet<string> = new Set(["sum", "avg", "min", "max"]);

export function convertCortex(document: Fields): Converted {
  const into = startConversion();
  const tables = readTables(into, document, "tables", readTable);
  listOf(document.relationships).forEach((one, at) => {
    readRelationship(into, one, tables, `/relationships/${at}`);
  });
  listOf(document.metrics).forEach((_, at) => {
    const message = "is worked out over several tables, which a metric here cannot be";
    into.skipped.push({ pointer: `/metrics/${at}`, message });
  });
  for (const one of listOf(document.verified_queries)) {
    const [question, sql] = [textOf(one.question), textOf(one.sql)];
    if (question !== undefined && sql !== undefined)
      into.examples.push({ question, sql: withTables(sql, tables) });
  }
  return into;
}

function readTable(into: Collecting, table: Fields, pointer: string): ForeignTable | null {
  const base = fieldsOf(table.base_table);
  const name = textOf(table.name);
  const physicalTable = textOf(base.table) ?? name;
  if (name === undefined || physicalTable === undefined) {
    into.skipped.push({ pointer, message: "has no name" });
    return null;
  }
  const physical = qualified(textOf(base.schema), physicalTable);
  const columns = new Map(
    KINDS.flatMap(([list]) => listOf(table[list])).flatMap((one) => {
      const [logical, expr] = [textOf(one.name), textOf(one.expr)];
      if (logical === undefined) return [];
      const sql = expr === undefined ? logical : (plainName(expr) ?? `(${expr})`);
      return [[logical.toLowerCase(), sql] as const];
    }),
  );
  const logical = { name, physical, columns };
  collectEntry(
    into,
    "tables",
    {
      name: physical,
      ...describe(table.description),
      synonyms: synonyms(table, name, physicalTable),
      columns: KINDS.flatMap(([list, role]) =>
        listOf(table[list]).flatMap((one, at) =>
          readColumn(into, one, logical, role, `${pointer}/${list}/${at}`),
        ),
      ),
    },
    pointer,
  );
  readDefinitions(into, table, logical, pointer);
  return logical;
}

function readDefinitions(
  into: Collecting,
  table: Fields,
  logical: ForeignTable,
  pointer: string,
): void {
  for (const [list, part] of [
    ["metrics", "expression"],
    ["filters", "condition"],
  ] as const)
    listOf(table[list]).forEach((one, at) => {
      const [name, expr] = [textOf(one.name), textOf(one.expr)];
      if (name === undefined || expr === undefined) return;
      const common = {
        name: spoken(name),
        ...describe(one.description),
        synonyms: textsOf(one.synonyms),
      };
      const sql = physicalSql(expr, logical.name, logical.columns);
      const entry = { ...common, table: logical.physical, [part]: sql } as never;
      collectEntry(into, list, entry, `${pointer}/${list}/${at}`);
    });
}

/** A plain column is described; a computed measure with its aggregation is a metric. */
function readColumn(
  into: Collecting,
  column: Fields,
  table: ForeignTable,
  role: (typeof KINDS)[number][1],
  pointer: string,
) {
  const name = textOf(column.name);
  if (name === undefined) return [];
  const expr = textOf(column.expr) ?? name;
  const aggregation = textOf(column.default_aggregation)?.toLowerCase();
  const usual = aggregation !== undefined && AGGREGATIONS.has(aggregation);
  const physical = plainName(expr);
  if (physical !== undefined)
    return [
      {
        name: physical,
        ...describe(column.description),
        synonyms: synonyms(column, name, physical),
        role,
        ...(role === "measure" && usual && { default_aggregation: aggregation as "sum" }),
      },
    ];
  if (role === "measure" && usual) {
    const sql = physicalSql(expr, table.name, table.columns);
    const metric = {
      name: spoken(name),
      ...describe(column.description),
      synonyms: textsOf(column.synonyms),
    };
    const expression = `${aggregation}(${sql})`;
    collectEntry(into, "metrics", { ...metric, table: table.physical, expression }, pointer);
  } else into.skipped.push({ pointer, message: "is computed, and no column of the source" });
  return [];
}

function readRelationship(
  into: Collecting,
  one: Fields,
  tables: ReadonlyMap<string, ForeignTable>,
  pointer: string,
): void {
  const side = (which: "left" | "right") => {
    const name = textOf(one[`${which}_table`]) ?? "";
    const table = tables.get(name.toLowerCase());
    return listOf(one.relationship_columns).map((pair) => {
      const logical = textOf(pair[`${which}_column`]) ?? "";
      return `${table?.physical ?? name}.${table?.columns.get(logical.toLowerCase()) ?? logical}`;
    });
  };
  const [from, to] = [side("left"), side("right")];
  if (from.length === 0) into.skipped.push({ pointer, message: "names no columns" });
  else collectEntry(into, "relationships", { from, to }, pointer);
}

const spoken = (name: string): string => inWords(name).toLowerCase();

/** The logical name is one, where it says something else than the physical one. */
function synonyms(one: Fields, logical: string, physical: string): string[] {
  const own = logical.toLowerCase() === physical.toLowerCase() ? [] : [spoken(logical)];
  return [...new Set([...own, ...textsOf(one.synonyms)])];
}

/** `__orders` is the logical table in the SQL of verified queries. */
function withTables(sql: string, tables: ReadonlyMap<string, ForeignTable>): string {
  return sql.replace(
    /\b__([A-Za-z]\w*)\b/g,
    (whole, name: string) => tables.get(name.toLowerCase())?.physical ?? whole,
  );
}
