/** The conditions of a parsed SELECT as a program's, those written by the program's own renderer among them. */
import { calledName, child, constantOf, listOf, type SqlNode, Unsupported } from "./parsed-sql.ts";
import type { Condition, Joined, Operand, Term } from "./program.ts";
import { readPeriods } from "./sql-periods.ts";
import { placeOf, readColumn, readTerm, type SqlScope, valueAt } from "./sql-terms.ts";
import { comparisons, type ProgramOperator } from "./vocabulary.ts";

export function readJoined(node: SqlNode | undefined, scope: SqlScope): readonly Joined[] {
  if (node === undefined) {
    return [];
  }
  const bool = child(node, "BoolExpr");
  if (bool?.boolop === "OR_EXPR") {
    return listOf(bool.args).flatMap((one, at) => joinedBy("or", readJoined(one, scope), at));
  }
  const parts = bool?.boolop === "AND_EXPR" ? listOf(bool.args) : [node];
  const periods = readPeriods(parts, scope);
  return parts.flatMap((part, at): readonly Joined[] => {
    const period = periods[at];
    if (period === "taken") {
      return [];
    }
    const isBranch = child(part, "BoolExpr") !== undefined && part !== node;
    const inner: readonly Joined[] =
      isBranch && period === undefined
        ? readJoined(part, scope)
        : [{ joiner: "and", condition: period ?? readCondition(part, scope) }];
    if (inner.some((one, index) => index > 0 && one.joiner === "or")) {
      throw new Unsupported("an OR inside an AND");
    }
    return joinedBy("and", inner, at);
  });
}

function joinedBy(
  joiner: Joined["joiner"],
  inner: readonly Joined[],
  at: number,
): readonly Joined[] {
  return inner.map((one, index) => (index === 0 && at > 0 ? { ...one, joiner } : one));
}

const negations: Readonly<Record<string, ProgramOperator>> = {
  "=": "!=",
  in: "notin",
  contains: "notcontains",
  starts: "notstarts",
  ends: "notends",
  between: "notbetween",
};

export function readCondition(node: SqlNode, scope: SqlScope): Condition {
  const bool = child(node, "BoolExpr");
  if (bool !== undefined) {
    const inner = bool.boolop === "NOT_EXPR" ? listOf(bool.args)[0] : undefined;
    const condition = inner === undefined ? undefined : readCondition(inner, scope);
    const operator = negations[condition?.operator ?? ""];
    if (condition === undefined || operator === undefined) {
      throw new Unsupported("NOT of a comparison");
    }
    return { ...condition, operator };
  }
  const test = child(node, "NullTest");
  if (test !== undefined) {
    const operator = test.nulltesttype === "IS_NULL" ? "isnull" : "notnull";
    const term = readTerm(child(test, "arg") ?? {}, scope);
    return { term, operator, operand: { kind: "values", values: [] } };
  }
  const link = child(node, "SubLink");
  if (link !== undefined) {
    if (link.subLinkType !== "ANY_SUBLINK" || listOf(link.operName).length > 0) {
      throw new Unsupported("EXISTS");
    }
    const term = readTerm(child(link, "testexpr") ?? {}, scope);
    return { term, operator: "in", operand: queryOf(link, scope) };
  }
  return readComparison(child(node, "A_Expr"), scope);
}

function queryOf(link: SqlNode, scope: SqlScope): Operand {
  const select = child(child(link, "subselect"), "SelectStmt") ?? {};
  return { kind: "query", query: scope.query(select, scope) };
}

function readComparison(expression: SqlNode | undefined, scope: SqlScope): Condition {
  if (expression === undefined) {
    throw new Unsupported("a condition of another kind");
  }
  const left = child(expression, "lexpr") ?? {};
  const right = child(expression, "rexpr") ?? {};
  const word = calledName(expression.name);
  switch (expression.kind) {
    case "AEXPR_BETWEEN":
    case "AEXPR_NOT_BETWEEN": {
      const term = readTerm(left, scope);
      const operator = expression.kind === "AEXPR_BETWEEN" ? "between" : "notbetween";
      const bounds = listOf(child(right, "List")?.items);
      const values = bounds.map((one) => valueAt(one, placeOfTerm(term), scope));
      return { term, operator, operand: { kind: "values", values } };
    }
    case "AEXPR_LIKE":
    case "AEXPR_ILIKE": {
      const pattern = constantOf(right, scope.params);
      return readLike(readTerm(left, scope), word.startsWith("!"), pattern, scope);
    }
    case "AEXPR_OP": {
      const operator = comparisons.find((one) => one === (word === "<>" ? "!=" : word));
      if (operator === undefined) {
        throw new Unsupported(`the operator ${word}`);
      }
      const [bare, other] = withoutCase(left, right);
      const term = readYear(bare, scope) ?? readTerm(bare, scope);
      return { term, operator, operand: readOperand(other, term, scope) };
    }
    default:
      throw new Unsupported(String(expression.kind));
  }
}

/** `lower(a) = lower(b)`: what a program compares of texts it compares without case. */
function withoutCase(left: SqlNode, right: SqlNode): readonly [SqlNode, SqlNode] {
  const [one, other] = [loweredOf(left), loweredOf(right)];
  return one === undefined || other === undefined ? [left, right] : [one, other];
}

function loweredOf(node: SqlNode): SqlNode | undefined {
  const call = child(node, "FuncCall");
  return calledName(call?.funcname) === "lower" ? listOf(call?.args)[0] : undefined;
}

/** `extract(year from a) = 2023`: a program compares the moment itself with a year. */
function readYear(node: SqlNode, scope: SqlScope): Term | undefined {
  const call = child(node, "FuncCall");
  const [field, argument] = listOf(call?.args);
  if (!/^(extract|date_part)$/.test(calledName(call?.funcname)) || argument === undefined) {
    return undefined;
  }
  const column = readColumn(argument, scope);
  const isTime = column !== "*" && scope.graph.columns[column]?.kind === "time";
  return isTime && constantOf(field ?? {}, []) === "year" ? { column } : undefined;
}

function readOperand(node: SqlNode, term: Term, scope: SqlScope): Operand {
  const link = child(node, "SubLink");
  if (link !== undefined) {
    return queryOf(link, scope);
  }
  if (node.ColumnRef !== undefined) {
    const column = readColumn(node, scope);
    if (column === "*") {
      throw new Unsupported("a comparison with *");
    }
    return { kind: "column", column };
  }
  return { kind: "values", values: [valueAt(node, placeOfTerm(term), scope)] };
}

/** A count or a sum is a number, whatever the column holds. */
function placeOfTerm({ aggregate, column }: Term): number | "*" {
  return aggregate === undefined || /^(max|min)$/.test(aggregate) ? column : "*";
}

function readLike(term: Term, negated: boolean, pattern: string, scope: SqlScope): Condition {
  const open = pattern.startsWith("%");
  const close = pattern.endsWith("%");
  const bare = pattern.replace(/^%|%$/g, "");
  if (/[%_]/.test(bare.replace(/_/g, "")) || bare === "") {
    throw new Unsupported("a pattern with a gap");
  }
  const kind = open && close ? "contains" : close ? "starts" : open ? "ends" : "=";
  const operator: ProgramOperator = negated ? (negations[kind] ?? "notcontains") : kind;
  const values = [placeOf(bare, placeOfTerm(term), scope)];
  return { term, operator, operand: { kind: "values", values } };
}
