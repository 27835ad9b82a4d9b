/** Conditions of the rules as those of a program, which has no parentheses: alternatives, each of them a list that must hold. */
import { columnAt } from "../column-kinds.ts";
import type { Condition as RuleCondition } from "../ir.ts";
import type { Comparison } from "../operators.ts";
import {
  type Finder,
  findColumn,
  findNamed,
  findNumber,
  findPeriod,
  findTable,
  findText,
  findYes,
  Inexpressible,
} from "./find-in-reading.ts";
import { type Condition, emptyProgram, type Joined, type Program } from "./program.ts";
import type { ProgramOperator } from "./vocabulary.ts";

/** More than the grammar allows in any case. */
const MOST_ALTERNATIVES = 6;

type Alternatives = readonly (readonly Condition[])[];

/** @throws Inexpressible */
export function conditionsOf(
  conditions: readonly RuleCondition[],
  finder: Finder,
  more: readonly Condition[] = [],
): readonly Joined[] {
  let all: Alternatives = [more];
  for (const condition of conditions) {
    const next = alternativesOf(condition, finder);
    all = all.flatMap((left) => next.map((right) => [...left, ...right]));
    if (all.length > MOST_ALTERNATIVES) {
      throw new Inexpressible("too many alternatives");
    }
  }
  return all
    .flatMap((alternative) =>
      alternative.map((condition, at): Joined => ({ joiner: at === 0 ? "or" : "and", condition })),
    )
    .map((one, at): Joined => (at === 0 ? { ...one, joiner: "and" } : one));
}

function alternativesOf(condition: RuleCondition, finder: Finder): Alternatives {
  switch (condition.kind) {
    case "named":
      throw new Inexpressible("a condition written in SQL");
    case "frequent":
      return [[frequent(condition, finder)]];
    case "absent":
      return [[absent(condition, finder)]];
    case "in":
      return among(condition, finder);
    default:
      return [[single(condition, finder)]];
  }
}

export function operatorOf(op: Comparison): ProgramOperator {
  return op === "<>" ? "!=" : op;
}

function single(
  condition: Extract<RuleCondition, { kind: "compare" | "between" | "null" | "period" }>,
  finder: Finder,
): Condition {
  const column = findColumn(condition.column, finder);
  switch (condition.kind) {
    case "null":
      return compared(column, condition.negated ? "notnull" : "isnull");
    case "period":
      return compared(column, "period", findPeriod(condition.period, finder));
    case "between": {
      const [low, high] = [condition.low, condition.high].map((one) => findNumber(one, finder));
      return compared(column, "between", low ?? 0, high ?? 0);
    }
    case "compare": {
      const { op, value } = condition;
      if (typeof value === "boolean") {
        return compared(column, value === (op === "=") ? "=" : "!=", findYes(finder));
      }
      const at =
        typeof value === "number" ? findNumber(value, finder) : findText(value, column, finder);
      return compared(column, operatorOf(op), at);
    }
  }
}

export function compared(
  column: number,
  operator: ProgramOperator,
  ...values: readonly number[]
): Condition {
  return { term: { column }, operator, operand: { kind: "values", values } };
}

/** A row without a value is not one of those named either: SQL's own comparison would pass it over. */
function among(
  { column: ref, values, negated }: Extract<RuleCondition, { kind: "in" }>,
  finder: Finder,
): Alternatives {
  const column = findColumn(ref, finder);
  const found = values.map((value) => findText(value, column, finder));
  if (!negated) {
    return found.map((at) => [compared(column, "=", at)]);
  }
  const others = found.map((at) => compared(column, "!=", at));
  const nullable = columnAt(finder.tables, ref)?.nullable ?? true;
  return nullable ? [others, [compared(column, "isnull")]] : [others];
}

/** The rows that so many rows of the other table refer to. */
function frequent(
  { edge, op, value }: Extract<RuleCondition, { kind: "frequent" }>,
  finder: Finder,
): Condition {
  const { key, referring } = soleLink(edge, finder);
  const query: Program = {
    ...emptyProgram,
    tables: [findTable(edge.child, finder)],
    select: [{ kind: "term", term: { column: referring } }],
    group: [{ column: referring }],
    having: [
      {
        joiner: "and",
        condition: {
          term: { aggregate: "count", column: "*" },
          operator: operatorOf(op),
          operand: { kind: "values", values: [findNumber(value, finder)] },
        },
      },
    ],
  };
  return { term: { column: key }, operator: "in", operand: { kind: "query", query } };
}

/** The rows that no row of the other table refers to. */
function absent(
  { edge, inner }: Extract<RuleCondition, { kind: "absent" }>,
  finder: Finder,
): Condition {
  const { key, referring } = soleLink(edge, finder);
  // One row that refers to nothing would make every answer of NOT IN unknown.
  const optional = finder.graph.columns[referring]?.info.nullable === true;
  const known = optional ? [compared(referring, "notnull")] : [];
  const query: Program = {
    ...emptyProgram,
    tables: [findTable(edge.child, finder)],
    select: [{ kind: "term", term: { column: referring } }],
    where: conditionsOf(inner, finder, known),
  };
  return { term: { column: key }, operator: "notin", operand: { kind: "query", query } };
}

function soleLink(
  {
    child,
    parent,
    childColumns,
    parentColumns,
  }: Extract<RuleCondition, { kind: "absent" }>["edge"],
  finder: Finder,
): { readonly key: number; readonly referring: number } {
  const key = findNamed(parent, parentColumns[0], finder);
  if (childColumns.length !== 1 || finder.graph.columns[key]?.info.nullable === true) {
    throw new Inexpressible("a key of several columns, or one that may be missing");
  }
  return { key, referring: findNamed(child, childColumns[0], finder) };
}
