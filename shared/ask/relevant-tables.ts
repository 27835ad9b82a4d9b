/** Which tables and columns a question is about, so that a prompt carries those and no others; a bounded text of them. */
import type { ColumnInfo, SourceSchema, TableInfo } from "../sources/ports.ts";
import { impliedKeys } from "./implied-keys.ts";
import type { AskSemantics, SemanticExpression } from "./ports.ts";
import { indexSchema, type Target } from "./schema-index.ts";
import { root } from "./stem.ts";
import { stemsOf } from "./tokens.ts";

/** What is told of a table. All of it is data from the source, and none of it is trusted. */
export interface ToldTable {
  readonly schema: string;
  readonly table: string;
  readonly comment?: string;
  readonly columns: readonly ToldColumn[];
  readonly primary_key?: readonly string[];
  readonly foreign_keys?: readonly string[];
  /** Keys that nobody declares and names tell. */
  readonly likely_foreign_keys?: readonly string[];
}

interface ToldColumn {
  readonly name: string;
  readonly type: string;
  readonly comment?: string;
  readonly values?: readonly string[];
}

/** Small schemas are told whole. */
const FEW_TABLES = 6;
const LONGEST_PHRASE = 4;
const MAX_COLUMNS = 40;
const MAX_VALUES = 6;
const MAX_COMMENT = 160;
const MAX_VALUE = 40;
/** A table that a relevant one refers to, or that refers to it, is likely needed for a join. */
const NEIGHBOUR = 0.3;

/** At most `maxBytes` of JSON; the most relevant first. */
export function relevantTables(
  question: string,
  schema: SourceSchema,
  maxBytes: number,
  semantics?: AskSemantics,
): readonly ToldTable[] {
  const found = findTargets(question, schema, semantics);
  const ranked = rankTables(found, schema.tables);
  const told: ToldTable[] = [];
  let bytes = 2;
  for (const at of ranked) {
    const table = schema.tables[at];
    if (table === undefined) continue;
    const likely = likelyKeys(at, schema.tables);
    const one = tellTable(
      table,
      likely,
      found.filter(({ target }) => target.table === at).map(targetOf),
    );
    const size = Buffer.byteLength(JSON.stringify(one)) + 1;
    if (bytes + size > maxBytes) continue;
    bytes += size;
    told.push(one);
  }
  return told;
}

interface Found {
  readonly target: Target;
  readonly quality: number;
}
const targetOf = ({ target }: Found): Target => target;

function findTargets(
  question: string,
  schema: SourceSchema,
  semantics: AskSemantics | undefined,
): readonly Found[] {
  const { phrases, roots } = indexSchema(schema, semantics);
  const stems = stemsOf(question);
  const found: Found[] = [];
  for (let from = 0; from < stems.length; from++) {
    for (let words = 1; words <= LONGEST_PHRASE && from + words <= stems.length; words++) {
      const span = stems.slice(from, from + words);
      found.push(...(phrases.get(span.join(" ")) ?? []));
      found.push(...(roots.get(span.map(root).join(" ")) ?? []));
    }
  }
  return found;
}

function rankTables(found: readonly Found[], tables: readonly TableInfo[]): readonly number[] {
  const scores = new Map<number, number>();
  for (const { target, quality } of found)
    scores.set(target.table, (scores.get(target.table) ?? 0) + quality);
  for (const [at, score] of [...scores])
    for (const neighbour of neighboursOf(at, tables))
      scores.set(neighbour, Math.max(scores.get(neighbour) ?? 0, NEIGHBOUR * Math.min(score, 1)));
  if (tables.length <= FEW_TABLES)
    for (const at of tables.keys()) scores.set(at, scores.get(at) ?? 0);
  return [...scores].sort(([a, one], [b, other]) => other - one || a - b).map(([at]) => at);
}

function neighboursOf(at: number, tables: readonly TableInfo[]): readonly number[] {
  const own = tables[at];
  if (own === undefined) return [];
  const implied = impliedKeys(tables).flatMap(({ child, parent }) =>
    child === at ? [parent] : parent === at ? [child] : [],
  );
  const declared = [...tables.keys()].filter((other) => {
    const table = tables[other];
    return table !== undefined && (refersTo(own, table) || refersTo(table, own));
  });
  return [...declared, ...implied];
}

const refersTo = (from: TableInfo, to: TableInfo): boolean =>
  from.foreignKeys.some(
    ({ references }) => references.schema === to.schema && references.table === to.name,
  );

/** Of a table, as columns and what they refer to. */
interface LikelyKey {
  readonly column: string;
  readonly refersTo: string;
}

function likelyKeys(at: number, tables: readonly TableInfo[]): readonly LikelyKey[] {
  return impliedKeys(tables).flatMap(({ child, parent, column, key }) => {
    const other = child === at ? tables[parent] : undefined;
    return other === undefined
      ? []
      : [{ column, refersTo: `${other.schema}.${other.name} (${key})` }];
  });
}

function tellTable(
  table: TableInfo,
  likely: readonly LikelyKey[],
  targets: readonly Target[],
): ToldTable {
  const keys = new Set([
    ...table.primaryKey,
    ...table.foreignKeys.flatMap((key) => key.columns),
    ...likely.map(({ column }) => column),
  ]);
  const asked = new Set(targets.flatMap((one) => columnsOf(one, table)));
  const order = (at: number): number => (asked.has(at) ? 0 : 1);
  const shown = [...table.columns.keys()]
    .sort((a, b) => order(a) - order(b) || keyOrder(table, keys, a) - keyOrder(table, keys, b))
    .slice(0, MAX_COLUMNS)
    .sort((a, b) => a - b);
  return {
    schema: table.schema,
    table: table.name,
    ...told("comment", table.comment),
    columns: shown.flatMap((at) => {
      const column = table.columns[at];
      return column === undefined ? [] : [tellColumn(column, valuesAsked(targets, at))];
    }),
    ...(table.primaryKey.length > 0 && { primary_key: table.primaryKey }),
    ...(table.foreignKeys.length > 0 && {
      foreign_keys: table.foreignKeys.map(
        ({ columns, references: { schema, table: other, columns: theirs } }) =>
          `(${columns.join(", ")}) references ${schema}.${other} (${theirs.join(", ")})`,
      ),
    }),
    ...(likely.length > 0 && {
      likely_foreign_keys: likely.map(
        ({ column, refersTo: other }) => `(${column}) references ${other}`,
      ),
    }),
  };
}

/** The columns that a target is about. */
function columnsOf(target: Target, table: TableInfo): readonly number[] {
  switch (target.kind) {
    case "table":
      return [];
    case "metric":
      return columnsIn(target.metric.expression, table);
    case "named":
      return columnsIn(target.filter.condition, table);
    default:
      return [target.column];
  }
}

const columnsIn = ({ parts }: SemanticExpression, { columns }: TableInfo): readonly number[] =>
  parts.flatMap((part) =>
    typeof part === "string" ? [] : [columns.findIndex(({ name }) => name === part.column)],
  );

const keyOrder = (table: TableInfo, keys: ReadonlySet<string>, at: number): number =>
  keys.has(table.columns[at]?.name ?? "") ? 0 : 1;

const valuesAsked = (targets: readonly Target[], column: number): readonly string[] =>
  targets.flatMap((one) => (one.kind === "value" && one.column === column ? [one.value] : []));

/** Values that the question names come first, then the most frequent. */
function tellColumn(column: ColumnInfo, asked: readonly string[]): ToldColumn {
  const values = [...new Set([...asked, ...(column.values ?? [])])]
    .filter((value) => value.length <= MAX_VALUE)
    .slice(0, MAX_VALUES);
  return {
    name: column.name,
    type: column.type,
    ...told("comment", column.comment),
    ...(values.length > 0 && { values }),
  };
}

const told = (key: "comment", text: string | undefined) =>
  text === undefined ? {} : { [key]: text.slice(0, MAX_COMMENT) };
