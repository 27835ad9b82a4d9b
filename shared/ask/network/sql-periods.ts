/** Two bounds of a moment, read as the period of the question that they enclose. */
import { endOfDay } from "../moments.ts";
import { calledName, child, constantOf, type SqlNode } from "./parsed-sql.ts";
import type { Condition } from "./program.ts";
import { readColumn, type SqlScope } from "./sql-terms.ts";

interface Bound {
  readonly part: number;
  readonly column: number;
  readonly side: "from" | "to";
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** For each part of an AND: the period that begins with it, `taken` where it is the end of one, or undefined. */
export function readPeriods(
  parts: readonly SqlNode[],
  scope: SqlScope,
): readonly (Condition | "taken" | undefined)[] {
  const found = parts.map((): Condition | "taken" | undefined => undefined);
  const bounds = parts.flatMap((part, at) => readBound(part, at, scope) ?? []);
  scope.candidates.forEach(({ period }, value) => {
    if (period === undefined) {
      return;
    }
    const meets = (side: "from" | "to", column?: number): Bound | undefined =>
      bounds.find(
        (one) =>
          one.side === side &&
          found[one.part] === undefined &&
          (column === undefined || one.column === column) &&
          sameMoment(one.at, period[side], side),
      );
    const from = meets("from");
    const to = meets("to", from?.column);
    const whole =
      (period.from === undefined) === (from === undefined) &&
      (period.to === undefined) === (to === undefined);
    const first = from ?? to;
    if (!whole || first === undefined) {
      return;
    }
    found[first.part] = {
      term: { column: first.column },
      operator: "period",
      operand: { kind: "values", values: [value] },
    };
    if (to !== undefined && to !== first) {
      found[to.part] = "taken";
    }
  });
  return found;
}

/** An end inside a day has been moved to the end of it where a column holds days. */
function sameMoment(at: number, period: number | undefined, side: "from" | "to"): boolean {
  return period !== undefined && (at === period || (side === "to" && at === endOfDay(period)));
}

/** `column >= moment` or `column < moment`; a moment that the question writes out is a value like any other. */
function readBound(part: SqlNode, at: number, scope: SqlScope): Bound | undefined {
  const expression = child(part, "A_Expr");
  const side = { ">=": "from", "<": "to" } as const;
  const word = calledName(expression?.name);
  const left = child(expression, "lexpr");
  const right = child(expression, "rexpr");
  if (
    expression?.kind !== "AEXPR_OP" ||
    (word !== ">=" && word !== "<") ||
    left?.ColumnRef === undefined ||
    right === undefined ||
    child(right, "ColumnRef") !== undefined ||
    child(right, "SubLink") !== undefined
  ) {
    return undefined;
  }
  const column = readColumn(left, scope);
  if (column === "*" || scope.graph.columns[column]?.kind !== "time") {
    return undefined;
  }
  const text = constantOf(right, scope.params);
  const isSaid = scope.candidates.some((one) => one.kind !== "period" && one.text === text);
  const when = instantOf(text);
  return isSaid || Number.isNaN(when)
    ? undefined
    : { part: at, column, side: side[word], at: when };
}

/** UTC where the text names no offset, as everywhere in the platform. */
function instantOf(text: string): number {
  const [, day, time = "00:00"] =
    /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)Z?)?$/.exec(text) ?? [];
  return day === undefined ? Number.NaN : Date.parse(`${day}T${time}Z`);
}
