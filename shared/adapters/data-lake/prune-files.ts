/** Leaves out files whose partition cannot match what a statement asks for, so that they need not be fetched. */

import { isDay, type PartitionColumn, partitionsOf } from "../../lake/partitions.ts";
import type { LakeFile } from "../../lake/ports.ts";
import type { JsonValue } from "../../sources/ports.ts";
import { numberOf } from "../../sql/duckdb/ast-json.ts";
import type { DuckdbAst } from "../../sql/duckdb/ports.ts";
import { isCte } from "../../sql/duckdb/relation-rules.ts";
import { type Fields, folded, walkAst } from "../../sql/duckdb/walk-ast.ts";

type Constant = string | number | boolean | null;
type Holds = (value: string | null) => boolean;

export interface PruneInput {
  readonly table: string;
  readonly files: readonly LakeFile[];
  readonly columns: readonly PartitionColumn[];
  readonly params: readonly JsonValue[];
}

/** The files that any place of the statement where the table stands may need. Where in doubt, all of them. */
export function pruneFiles(statement: DuckdbAst, input: PruneInput): readonly LakeFile[] {
  if (input.columns.length === 0) return input.files;
  const needed = new Set<LakeFile>();
  const judged = new Set<unknown>();
  walkAst(statement, {
    enter(kind, node, ctes) {
      if (kind === "query" && node.type === "SELECT_NODE")
        for (const place of placesIn(node, input.table)) {
          judged.add(place);
          const conditions = conditionsOn(place, node, input);
          for (const file of input.files) if (mayMatch(file, conditions)) needed.add(file);
        }
      const isPlace =
        kind === "relation" &&
        node.type === "BASE_TABLE" &&
        folded(String(node.table_name)) === input.table &&
        !isCte(node, ctes);
      // A place that no SELECT was seen to filter needs everything.
      if (isPlace && !judged.has(node)) for (const file of input.files) needed.add(file);
      return true;
    },
    unknown() {
      for (const file of input.files) needed.add(file);
    },
  });
  return input.files.filter((file) => needed.has(file));
}

/** Only inner joins: in others a row that is missing may change what becomes of another. */
function placesIn(select: Fields, table: string): Fields[] {
  if (select.sample) return [];
  const found: Fields[] = [];
  const pending = [select.from_table as Fields];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const isPlain = next.sample === null && isEmptyList(next.column_name_alias);
    if (next.type === "BASE_TABLE" && folded(String(next.table_name)) === table && isPlain)
      found.push(next);
    const isInner =
      next.join_type === "INNER" && ["REGULAR", "CROSS"].includes(String(next.ref_type));
    if (next.type === "JOIN" && isInner) pending.push(next.left as Fields, next.right as Fields);
  }
  return found;
}

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

interface Condition {
  readonly column: string;
  readonly holds: Holds;
}

function mayMatch(file: LakeFile, conditions: readonly Condition[]): boolean {
  if (conditions.length === 0) return true;
  const values = partitionsOf(file.name);
  return conditions.every(({ column, holds }) => holds(values.get(column) ?? null));
}

/** What WHERE demands of the table's partition columns, each on its own. */
function conditionsOn(place: Fields, select: Fields, input: PruneInput): Condition[] {
  const alone = (select.from_table as Fields) === place;
  const alias = folded(String(place.alias === "" ? place.table_name : place.alias));
  const conditions: Condition[] = [];
  const pending: unknown[] = [select.where_clause];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const node = (next ?? {}) as Fields;
    if (node.class === "CONJUNCTION" && node.type === "CONJUNCTION_AND")
      pending.push(...(node.children as unknown[]));
    const condition = conditionOf(node, input, (names) => columnOf(names, alias, alone, input));
    if (condition !== null) conditions.push(condition);
  }
  return conditions;
}

type FindColumn = (expression: unknown) => PartitionColumn | undefined;

function columnOf(
  expression: unknown,
  alias: string,
  alone: boolean,
  input: PruneInput,
): PartitionColumn | undefined {
  const { class: kind, column_names: names } = (expression ?? {}) as Fields;
  if (kind !== "COLUMN_REF") return undefined;
  const parts = (names as readonly string[]).map(folded);
  const isOurs = parts.length === 1 ? alone : parts.length === 2 && parts[0] === alias;
  return isOurs ? input.columns.find(({ name }) => folded(name) === parts.at(-1)) : undefined;
}

function conditionOf(node: Fields, { params }: PruneInput, find: FindColumn): Condition | null {
  if (node.class === "COMPARISON") return comparison(node, params, find);
  if (node.class === "BETWEEN") {
    const column = find(node.input);
    const bounds = [constantOf(node.lower, params), constantOf(node.upper, params)];
    if (column === undefined) return null;
    return all(
      column,
      "COMPARE_GREATERTHANOREQUALTO",
      bounds[0],
      "COMPARE_LESSTHANOREQUALTO",
      bounds[1],
    );
  }
  if (node.class !== "OPERATOR" || node.type !== "COMPARE_IN") return null;
  const [subject, ...list] = node.children as unknown[];
  const column = find(subject);
  const tests = list.map(
    (item) => column && test(column, "COMPARE_EQUAL", constantOf(item, params)),
  );
  if (!column || tests.length === 0 || tests.some((each) => !each)) return null;
  return { column: column.name, holds: (value) => tests.some((each) => each?.(value)) };
}

function all(
  column: PartitionColumn,
  lowerKind: string,
  lower: Constant | undefined,
  upperKind: string,
  upper: Constant | undefined,
): Condition | null {
  const [from, to] = [test(column, lowerKind, lower), test(column, upperKind, upper)];
  return from && to ? { column: column.name, holds: (value) => from(value) && to(value) } : null;
}

const MIRRORED: Readonly<Record<string, string>> = {
  COMPARE_EQUAL: "COMPARE_EQUAL",
  COMPARE_LESSTHAN: "COMPARE_GREATERTHAN",
  COMPARE_GREATERTHAN: "COMPARE_LESSTHAN",
  COMPARE_LESSTHANOREQUALTO: "COMPARE_GREATERTHANOREQUALTO",
  COMPARE_GREATERTHANOREQUALTO: "COMPARE_LESSTHANOREQUALTO",
};

function comparison(
  node: Fields,
  params: readonly JsonValue[],
  find: FindColumn,
): Condition | null {
  const [left, right] = [find(node.left), find(node.right)];
  const column = left ?? right;
  if (!column || (left && right)) return null;
  const kind = left ? String(node.type) : MIRRORED[String(node.type)];
  const holds = kind && test(column, kind, constantOf(left ? node.right : node.left, params));
  return holds ? { column: column.name, holds } : null;
}

/** Null where the comparison could mean something else in SQL than here. NULL passes no test, in SQL as here. */
function test(column: PartitionColumn, kind: string, constant: Constant | undefined): Holds | null {
  if (constant === undefined || constant === null || typeof constant === "boolean") return null;
  if (column.type === "VARCHAR")
    return kind === "COMPARE_EQUAL" && typeof constant === "string"
      ? (value) => value === constant
      : null;
  const order = column.type === "BIGINT" ? compareNumbers(constant) : compareDays(constant);
  const passes = PASSES[kind];
  return order && passes ? (value) => value !== null && passes(order(value)) : null;
}

const PASSES: Readonly<Record<string, (order: number) => boolean>> = {
  COMPARE_EQUAL: (order) => order === 0,
  COMPARE_LESSTHAN: (order) => order < 0,
  COMPARE_GREATERTHAN: (order) => order > 0,
  COMPARE_LESSTHANOREQUALTO: (order) => order <= 0,
  COMPARE_GREATERTHANOREQUALTO: (order) => order >= 0,
};

function compareNumbers(constant: string | number): ((value: string) => number) | null {
  const number = typeof constant === "number" ? constant : Number(constant || Number.NaN);
  return Number.isSafeInteger(number) ? (value) => Math.sign(Number(value) - number) : null;
}

function compareDays(constant: string | number): ((value: string) => number) | null {
  if (typeof constant !== "string" || !isDay(constant)) return null;
  return (value) => (value < constant ? -1 : Number(value > constant));
}

/** A literal, a cast of one to a day, or the value bound to a parameter; undefined for anything else. */
function constantOf(expression: unknown, params: readonly JsonValue[]): Constant | undefined {
  const node = (expression ?? {}) as Fields;
  if (node.class === "PARAMETER") {
    const value = params[Number(node.identifier) - 1];
    return typeof value === "object" ? undefined : value;
  }
  if (node.class === "CAST")
    return (node.cast_type as Fields).id === "DATE"
      ? dayOf(constantOf(node.child, params))
      : undefined;
  if (node.class !== "CONSTANT") return undefined;
  const { type, value, is_null: isNull } = node.value as Fields;
  if (isNull === true) return undefined;
  if (typeof value === "string") return value;
  return INTEGERS.has(String((type as Fields).id)) ? numberOf(value) : undefined;
}

const INTEGERS: ReadonlySet<string> = new Set(["TINYINT", "SMALLINT", "INTEGER", "BIGINT"]);
const dayOf = (value: Constant | undefined) =>
  typeof value === "string" && isDay(value) ? value : undefined;
