/** A source's schema as the network reads it: names in words, keys as edges, stored values by spelling. Built once. */
import type { ColumnInfo, SourceSchema, TableInfo } from "../../sources/ports.ts";
import { isBoolean, isNumeric, isTime } from "../column-kinds.ts";
import { tableFinder } from "../find-table.ts";
import { impliedKeys } from "../implied-keys.ts";
import { inTableOrder } from "./table-order.ts";
import { nameReader, valueKey, wordsOfName } from "./words.ts";

export type ColumnKind = "number" | "text" | "time" | "boolean";

export interface GraphColumn {
  readonly table: number;
  readonly info: ColumnInfo;
  readonly words: readonly string[];
  /** Other names people use for it. */
  readonly synonyms: readonly (readonly string[])[];
  readonly kind: ColumnKind;
  readonly primaryKey: boolean;
  readonly foreignKey: boolean;
  /** Few distinct values: a thing to group or filter by. */
  readonly categorical: boolean;
}

export interface GraphTable {
  readonly info: TableInfo;
  readonly words: readonly string[];
  readonly synonyms: readonly (readonly string[])[];
  /** Positions in `SchemaGraph.columns`. */
  readonly columns: readonly number[];
}

/** The first column refers to the second. Positions in `SchemaGraph.columns`. */
export type Link = readonly [from: number, to: number];

/** A key between two tables: one link a column. */
export interface GraphKey {
  /** The part that the parent plays, in the semantic model's words. */
  readonly name?: string;
  readonly child: number;
  readonly parent: number;
  readonly links: readonly Link[];
  /** Nobody declares it: names tell it. */
  readonly implied?: true;
  /** Several rows of the parent may have the same. */
  readonly shared?: true;
}

export interface SchemaGraph {
  /** As `inTableOrder` puts them. */
  readonly tables: readonly GraphTable[];
  readonly columns: readonly GraphColumn[];
  readonly keys: readonly GraphKey[];
  readonly links: readonly Link[];
  /** By `valueKey`: the columns that store such a value, and how each spells it. */
  readonly values: ReadonlyMap<string, ReadonlyMap<number, string>>;
}

const FEW_VALUES = 20;
const MOST_WORDS = 5;
const LONGEST_VALUE = 60;

const cache = new WeakMap<SourceSchema, SchemaGraph>();

export function graphOf(schema: SourceSchema): SchemaGraph {
  const known = cache.get(schema);
  if (known !== undefined) {
    return known;
  }
  const graph = buildGraph(inTableOrder(schema.tables));
  cache.set(schema, graph);
  return graph;
}

function synonymsOf(named: ColumnInfo | TableInfo): readonly (readonly string[])[] {
  return (named.synonyms ?? []).map((one) => wordsOfName(one).slice(0, MOST_WORDS));
}

function buildGraph(tables: readonly TableInfo[]): SchemaGraph {
  const columns: GraphColumn[] = [];
  const wordsOf = nameReader(
    tables.flatMap((table) => [table.name, ...table.columns.map(({ name }) => name)]),
  );
  const nodes = tables.map((info, table): GraphTable => {
    const foreign = new Set(info.foreignKeys.flatMap((key) => key.columns));
    const own = info.columns.map((column) => {
      columns.push({
        table,
        info: column,
        words: namesake(wordsOf(column.name)),
        synonyms: synonymsOf(column),
        kind: kindOf(column),
        primaryKey: info.primaryKey.includes(column.name),
        foreignKey: foreign.has(column.name),
        categorical: column.values !== undefined && column.values.length <= FEW_VALUES,
      });
      return columns.length - 1;
    });
    return {
      info,
      words: namesake(wordsOf(info.name)),
      synonyms: synonymsOf(info),
      columns: own,
    };
  });
  const keys = [...declaredKeys(nodes, columns), ...keysByName(tables, nodes, columns)];
  return {
    tables: nodes,
    columns,
    keys,
    links: keys.flatMap((key) => key.links),
    values: indexValues(columns),
  };
}

function namesake(words: readonly string[]): readonly string[] {
  return words.length === 0 ? ["x"] : words.slice(0, MOST_WORDS);
}

function kindOf(column: ColumnInfo): ColumnKind {
  if (isBoolean(column)) {
    return "boolean";
  }
  return isTime(column) ? "time" : isNumeric(column) ? "number" : "text";
}

function declaredKeys(
  tables: readonly GraphTable[],
  columns: readonly GraphColumn[],
): readonly GraphKey[] {
  const find = (table: GraphTable | undefined, name: string | undefined): number | undefined =>
    table?.columns.find((at) => columns[at]?.info.name.toLowerCase() === name?.toLowerCase());
  const findTable = tableFinder(tables.map(({ info }) => info));
  return tables.flatMap((table, child) =>
    table.info.foreignKeys.flatMap(({ name, columns: names, references }): readonly GraphKey[] => {
      const parent = findTable(references.schema, references.table) ?? -1;
      const links = names.flatMap((own, at): readonly Link[] => {
        const from = find(table, own);
        const to = find(tables[parent], references.columns[at]);
        return from === undefined || to === undefined ? [] : [[from, to]];
      });
      return links.length === names.length
        ? [{ child, parent, links, ...(name !== undefined && { name }) }]
        : [];
    }),
  );
}

/** Where none is declared. */
function keysByName(
  schema: readonly TableInfo[],
  tables: readonly GraphTable[],
  columns: readonly GraphColumn[],
): readonly GraphKey[] {
  const find = (table: number, name: string): number =>
    tables[table]?.columns.find((at) => columns[at]?.info.name === name) ?? -1;
  return impliedKeys(schema).map(({ child, parent, column, key, shared }) => ({
    child,
    parent,
    links: [[find(child, column), find(parent, key)]],
    implied: true,
    ...(shared && { shared }),
  }));
}

/** What is stored comes before what people say for something else that is stored. */
function saidValues({ values = [], namedValues = [] }: ColumnInfo) {
  const stored = [...values, ...namedValues.map((one) => one.value)];
  return [
    ...stored.map((value) => [value, value] as const),
    ...namedValues.flatMap(({ value, synonyms }) => synonyms.map((said) => [said, value] as const)),
  ];
}

function indexValues(
  columns: readonly GraphColumn[],
): ReadonlyMap<string, ReadonlyMap<number, string>> {
  const index = new Map<string, Map<number, string>>();
  columns.forEach(({ info }, at) => {
    for (const [said, value] of saidValues(info)) {
      const key = said.length > LONGEST_VALUE ? "" : valueKey(said);
      if (key !== "") {
        const found = index.get(key) ?? new Map<number, string>();
        if (!found.has(at)) {
          found.set(at, value);
        }
        index.set(key, found);
      }
    }
  });
  return index;
}
