/** A model held to a schema: every name looked up, every expression compiled; what does not fit is a fault with its place. */
import type { NamedFilter, SemanticExpression, SemanticMetric } from "../ask/ports.ts";
import type {
  SemanticColumn,
  SemanticModel,
  SemanticRelationship,
  SemanticTable,
  SemanticValue,
} from "../contract/semantic-model.ts";
import type { FieldError } from "../kernel/app-error.ts";
import { isDefaultSchema, sameName } from "../kernel/table-names.ts";
import type { ColumnInfo, ForeignKey, SourceSchema, TableInfo } from "../sources/ports.ts";
import type { SqlParser } from "../sql/ports.ts";
import { compileExpression, type ExpressionUse, ratioOf } from "./compile-expression.ts";
import { columnNamed, nearestHint, noColumn } from "./known-names.ts";

/** With the place of each entry in the model. */
export interface CompiledModel {
  readonly tables: readonly {
    readonly at: number;
    readonly table: TableInfo;
    readonly entry: SemanticTable;
    readonly columns: readonly { readonly column: ColumnInfo; readonly entry: SemanticColumn }[];
  }[];
  readonly relationships: readonly {
    readonly at: number;
    readonly table: TableInfo;
    readonly key: ForeignKey;
  }[];
  readonly filters: readonly { readonly at: number; readonly filter: NamedFilter }[];
  readonly metrics: readonly { readonly at: number; readonly metric: SemanticMetric }[];
  readonly faults: readonly FieldError[];
}

interface Work {
  readonly parser: SqlParser;
  readonly schema: SourceSchema;
  readonly faults: FieldError[];
}

/** What is faulty is left out of the rest. */
export function compileModel(
  parser: SqlParser,
  model: SemanticModel,
  schema: SourceSchema,
): CompiledModel {
  const work: Work = { parser, schema, faults: [] };
  refuseTwins(work, "tables", model.tables);
  refuseTwins(work, "metrics", model.metrics);
  refuseTwins(work, "filters", model.filters);
  const tables = model.tables.flatMap((entry, at) => compileTable(work, entry, at) ?? []);
  const relationships = model.relationships.flatMap(
    (entry, at) => compileRelationship(work, entry, at) ?? [],
  );
  const filters = model.filters.flatMap((entry, at) => {
    const pointer = `/filters/${at}`;
    const table = findTable(work, entry.table, `${pointer}/table`);
    const condition =
      table && compile(work, entry.condition, table, "condition", `${pointer}/condition`);
    const { name, synonyms } = entry;
    return table && condition
      ? [{ at, filter: { name, synonyms, table: refOf(table), condition } }]
      : [];
  });
  const named = filters.map(({ filter }) => filter);
  const metrics = model.metrics.flatMap((entry, at) => compileMetric(work, entry, at, named) ?? []);
  return { tables, relationships, filters, metrics, faults: work.faults };
}

function refuseTwins(
  { faults }: Work,
  list: string,
  entries: readonly { readonly name: string }[],
): void {
  const names = entries.map(({ name }) => name.toLowerCase());
  names.forEach((name, at) => {
    if (names.indexOf(name) < at)
      faults.push({ pointer: `/${list}/${at}/name`, message: `${name} is there already` });
  });
}

function refuseTwinValues(
  { faults }: Work,
  pointer: string,
  entries: readonly SemanticValue[],
): void {
  entries.forEach(({ value }, at) => {
    if (entries.findIndex((one) => one.value === value) < at)
      faults.push({ pointer: `${pointer}/${at}/value`, message: `${value} is there already` });
  });
}

const refOf = ({ schema, name }: TableInfo) => ({ schema, name });

function compileTable(work: Work, entry: SemanticTable, at: number) {
  const pointer = `/tables/${at}`;
  const table = findTable(work, entry.name, `${pointer}/name`);
  if (table === null) return null;
  const time = entry.default_time_column;
  const found =
    time === undefined ? null : findColumn(work, table, time, `${pointer}/default_time_column`);
  if (found !== null && !/^(date|timestamp|datetime)/.test(found.type))
    work.faults.push({
      pointer: `${pointer}/default_time_column`,
      message: `${found.name} holds no date or time (${found.type})`,
    });
  refuseTwins(work, `tables/${at}/columns`, entry.columns);
  const columns = entry.columns.flatMap((one, i) => {
    const column = findColumn(work, table, one.name, `${pointer}/columns/${i}/name`);
    refuseTwinValues(work, `${pointer}/columns/${i}/values`, one.values ?? []);
    return column === null ? [] : [{ column, entry: one }];
  });
  const timeColumn = found === null ? {} : { default_time_column: found.name };
  const { default_time_column: _, ...rest } = entry;
  return { at, table, entry: { ...rest, ...timeColumn }, columns };
}

function compileRelationship(work: Work, entry: SemanticRelationship, at: number) {
  const sides = (["from", "to"] as const).map((side) => {
    const pointer = `/relationships/${at}/${side}`;
    const found = [entry[side]].flat().map((ref) => findReference(work, ref, pointer));
    const table = found[0]?.table;
    if (found.some((one) => one === null) || table === undefined) return null;
    if (found.some((one) => one?.table !== table)) {
      work.faults.push({ pointer, message: "names columns of several tables" });
      return null;
    }
    return { table, columns: found.map((one) => one?.column.name ?? "") };
  });
  const [from, to] = sides;
  if (!from || !to) return null;
  if (from.columns.length !== to.columns.length) {
    const pointer = `/relationships/${at}/to`;
    work.faults.push({ pointer, message: `must name ${from.columns.length} columns as well` });
    return null;
  }
  const key: ForeignKey = {
    ...(entry.name !== undefined && { name: entry.name }),
    columns: from.columns,
    references: { schema: to.table.schema, table: to.table.name, columns: to.columns },
  };
  return { at, table: from.table, key };
}

function compileMetric(
  work: Work,
  entry: SemanticModel["metrics"][number],
  at: number,
  named: readonly NamedFilter[],
) {
  const pointer = `/metrics/${at}`;
  const table = findTable(work, entry.table, `${pointer}/table`);
  if (table === null) return null;
  const part = (name: "expression" | "numerator" | "denominator") =>
    entry[name] === undefined
      ? null
      : compile(work, entry[name], table, "metric", `${pointer}/${name}`);
  const [expression, top, bottom] = [part("expression"), part("numerator"), part("denominator")];
  const filters = entry.filters.map((text, i): NamedFilter | null => {
    const known = named.find((one) => sameName(one.name, text));
    if (known?.table.schema === table.schema && known.table.name === table.name) return known;
    const condition = compile(work, text, table, "condition", `${pointer}/filters/${i}`);
    return condition && { name: text, synonyms: [], table: refOf(table), condition };
  });
  const whole = expression ?? (top && bottom && ratioOf(top, bottom));
  if (whole === null || filters.includes(null)) return null;
  const metric: SemanticMetric = {
    name: entry.name,
    synonyms: entry.synonyms,
    table: refOf(table),
    expression: whole,
    filters: filters.filter((one) => one !== null),
    ...(entry.unit !== undefined && { unit: entry.unit }),
  };
  return { at, metric };
}

function compile(
  work: Work,
  text: string,
  table: TableInfo,
  use: ExpressionUse,
  pointer: string,
): SemanticExpression | null {
  const outcome = compileExpression(work.parser, text, table, use);
  if (outcome.kind === "compiled") return outcome.expression;
  work.faults.push({ pointer, message: outcome.message });
  return null;
}

/** `schema.table`, or a table's name where only one has it; the default schema is what a name without one means. */
function tablesNamed({ tables }: SourceSchema, name: string): readonly TableInfo[] {
  const full = tables.filter((one) => sameName(`${one.schema}.${one.name}`, name));
  if (full.length > 0) return full;
  const bare = tables.filter((one) => sameName(one.name, name));
  const usual = bare.filter((one) => isDefaultSchema(one.schema));
  return usual.length > 0 ? usual : bare;
}

function findTable(work: Work, name: string, pointer: string): TableInfo | null {
  const [table, ...others] = tablesNamed(work.schema, name);
  if (table !== undefined && others.length === 0) return table;
  const names = work.schema.tables.map((one) =>
    name.includes(".") ? `${one.schema}.${one.name}` : one.name,
  );
  const message =
    table === undefined
      ? `the source has no table ${name}${nearestHint(name, names)}`
      : `several schemas have a table ${name}: name one as schema.table`;
  work.faults.push({ pointer, message });
  return null;
}

function findColumn(
  work: Work,
  table: TableInfo,
  name: string,
  pointer: string,
): ColumnInfo | null {
  const found = columnNamed(table, name);
  if (found === null) work.faults.push({ pointer, message: noColumn(table, [name]) });
  return found;
}

/** The last dot parts table and column, unless the name has dots of its own. */
function findReference(work: Work, ref: string, pointer: string) {
  for (let dot = ref.lastIndexOf("."); dot > 0; dot = ref.lastIndexOf(".", dot - 1)) {
    const [table, ...others] = tablesNamed(work.schema, ref.slice(0, dot));
    if (table === undefined || others.length > 0) continue;
    const column = findColumn(work, table, ref.slice(dot + 1), pointer);
    return column === null ? null : { table, column };
  }
  const dot = ref.lastIndexOf(".");
  if (dot > 0) findTable(work, ref.slice(0, dot), pointer);
  else work.faults.push({ pointer, message: `${ref} must be table.column` });
  return null;
}
