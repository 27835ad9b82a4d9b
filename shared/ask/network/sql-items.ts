/** Selected expressions of a parsed SELECT as a program's items: terms, and the figures that business questions ask for. */
import { calledName, child, constantOf, listOf, type SqlNode, Unsupported } from "./parsed-sql.ts";
import type { Condition, Item, Term } from "./program.ts";
import { readJoined } from "./sql-conditions.ts";
import { readTerm, type SqlScope } from "./sql-terms.ts";

/** A figure of the rows of one period only. */
interface During {
  readonly kind: "during";
  readonly term: Term;
  readonly period: Condition;
}

export interface ReadItems {
  /** One for each expression; the same one twice where two expressions compare two periods. */
  readonly items: readonly Item[];
  /** The two periods that a figure is compared between. */
  readonly versus: Condition | undefined;
}

/** @param targets What the statement shows, in order. */
export function readItems(targets: readonly SqlNode[], scope: SqlScope): ReadItems {
  const read = targets.map((one) => readItem(one, scope));
  const during = read.flatMap((one) => (one.kind === "during" ? [one] : []));
  const items = read.map((one): Item => (one.kind === "during" ? termItem(one.term) : one));
  if (during.length === 0) {
    return { items, versus: undefined };
  }
  const [first, second, ...more] = during.map(({ period }) => period);
  const compared = new Set(during.map(({ term }) => JSON.stringify(term)));
  if (first === undefined || second === undefined || more.length > 0 || compared.size > 1) {
    throw new Unsupported("a figure of one period beside others");
  }
  if (JSON.stringify(first.term) !== JSON.stringify(second.term)) {
    throw new Unsupported("periods of two columns");
  }
  const values = [first, second].flatMap(({ operand }) =>
    operand.kind === "values" ? operand.values : [],
  );
  const at = read.findIndex((one) => one.kind === "during");
  return {
    items: items.filter((_, index) => index <= at || read[index]?.kind !== "during"),
    versus: { ...first, operator: "versus", operand: { kind: "values", values } },
  };
}

const termItem = (term: Term): Item => ({ kind: "term", term });

function readItem(node: SqlNode, scope: SqlScope): Item | During {
  const quotient = operands(node, "/");
  if (quotient !== undefined) {
    return readQuotient(quotient, scope);
  }
  const call = child(node, "FuncCall");
  const inner = listOf(call?.args)[0];
  const choice = child(inner, "CaseExpr") ?? filterOf(call);
  return call === undefined || choice === undefined
    ? termItem(readTerm(node, scope))
    : readChosen(call, choice, scope);
}

/** `count(*) filter (where …)` in the form of `count(case when … then 1 end)`. */
function filterOf(call: SqlNode | undefined): SqlNode | undefined {
  return call?.agg_filter === undefined || call.agg_star !== true
    ? undefined
    : {
        args: [{ CaseWhen: { expr: call.agg_filter, result: { A_Const: { ival: { ival: 1 } } } } }],
      };
}

/** An aggregate of the rows that meet a condition. */
function readChosen(call: SqlNode, choice: SqlNode, scope: SqlScope): Item | During {
  const [when, ...more] = listOf(choice.args).map((one) => child(one, "CaseWhen"));
  const simple = choice.arg === undefined && choice.defresult === undefined && more.length === 0;
  const [only, ...others] = readJoined(child(when, "expr"), scope);
  if (!simple || call.over !== undefined || only === undefined || others.length > 0) {
    throw new Unsupported("a choice between several cases");
  }
  const { condition } = only;
  const result = child(when, "result") ?? {};
  const countsRows =
    calledName(call.funcname) === "count" &&
    call.agg_distinct !== true &&
    child(result, "A_Const") !== undefined;
  if (condition.operator === "period") {
    const term: Term = countsRows
      ? { aggregate: "count", column: "*" }
      : readTerm({ FuncCall: { ...call, args: [result] } }, scope);
    return { kind: "during", term, period: condition };
  }
  if (!countsRows) {
    throw new Unsupported("an aggregate of chosen rows other than their count");
  }
  return { kind: "count_where", condition };
}

/** `100.0 * part / nullif(whole, 0)` and `1.0 * over / nullif(under, 0)`. */
function readQuotient([left, right]: Operands, scope: SqlScope): Item {
  const scaled = operands(left, "*");
  const factor = scaled === undefined ? Number.NaN : Number(constantOf(scaled[0], scope.params));
  const under = notZero(right, scope);
  if (scaled === undefined || under === undefined) {
    throw new Unsupported("a division of another kind");
  }
  const over = readItem(scaled[1], scope);
  const window = child(under, "FuncCall");
  const isShare = factor === 100 || factor === 1;
  if (isShare && window?.over !== undefined && over.kind === "term") {
    return shareOfTotal(over.term, window, scope);
  }
  const whole = readTerm(under, scope);
  const rows = whole.aggregate === "count" && whole.column === "*";
  if (isShare && over.kind === "count_where" && rows) {
    return { kind: "share_where", condition: over.condition };
  }
  if (factor === 1 && over.kind === "term") {
    return { kind: "ratio", over: over.term, under: whole };
  }
  throw new Unsupported("a division of another kind");
}

/** `sum(term) over ()` of the very term. */
function shareOfTotal(term: Term, window: SqlNode, scope: SqlScope): Item {
  const { partitionClause, orderClause } = child(window, "over") ?? {};
  const inner = listOf(window.args)[0] ?? {};
  const same = JSON.stringify(readTerm(inner, scope)) === JSON.stringify(term);
  const everything = partitionClause === undefined && orderClause === undefined;
  if (calledName(window.funcname) !== "sum" || !same || !everything) {
    throw new Unsupported("a figure over a window");
  }
  return { kind: "share_of_total", term };
}

type Operands = readonly [left: SqlNode, right: SqlNode];

function operands(node: SqlNode, operator: string): Operands | undefined {
  const expression = child(node, "A_Expr");
  const [left, right] = [child(expression, "lexpr"), child(expression, "rexpr")];
  const is = expression?.kind === "AEXPR_OP" && calledName(expression.name) === operator;
  return is && left !== undefined && right !== undefined ? [left, right] : undefined;
}

/** What `nullif(…, 0)` keeps from being zero. */
function notZero(node: SqlNode, scope: SqlScope): SqlNode | undefined {
  const expression = child(node, "A_Expr");
  return expression?.kind === "AEXPR_NULLIF" &&
    constantOf(child(expression, "rexpr") ?? {}, scope.params) === "0"
    ? child(expression, "lexpr")
    : undefined;
}
