/** Reads gold SQL as the program the network should write. What the program language has no words for is skipped, with a reason. */
import type { ValueCandidate } from "../shared/ask/network/candidates.ts";
import type { SchemaGraph } from "../shared/ask/network/graph.ts";
import type {
  Condition,
  Item,
  Joined,
  Operand,
  Program,
  Term,
} from "../shared/ask/network/program.ts";
import type { ProgramAggregate, ProgramOperator } from "../shared/ask/network/vocabulary.ts";
import { valueKey } from "../shared/ask/network/words.ts";

export class Unsupported extends Error {}

type Node = { readonly [key: string]: unknown };

interface Scope {
  readonly graph: SchemaGraph;
  readonly candidates: readonly ValueCandidate[];
  /** Values of the SQL that no candidate holds. */
  readonly missing: string[];
  /** Alias or name, lower case, to table. */
  readonly names: ReadonlyMap<string, number>;
  readonly outer: Scope | undefined;
}

export interface ReadSql {
  readonly program: Program;
  readonly missing: readonly string[];
}

/** @throws Unsupported. @param statement A SelectStmt of PostgreSQL's parser. */
export function programOf(
  statement: Node,
  graph: SchemaGraph,
  candidates: readonly ValueCandidate[],
): ReadSql {
  const missing: string[] = [];
  const scope: Scope = { graph, candidates, missing, names: new Map(), outer: undefined };
  return { program: readSelect(statement, scope), missing };
}

/** What would otherwise be read as if it were not there. */
function refuseClauses(select: Node, isSet: boolean): void {
  const [distinct] = list(select.distinctClause);
  if (Object.keys(distinct ?? {}).length > 0) {
    throw new Unsupported("DISTINCT ON");
  }
  if (select.limitOffset !== undefined || select.withClause !== undefined) {
    throw new Unsupported("OFFSET or WITH");
  }
  if (isSet && (select.limitCount !== undefined || select.all === true)) {
    throw new Unsupported("a set operation with a limit or with duplicates");
  }
}

function readSelect(select: Node, outer: Scope): Program {
  const operation = select.op as string | undefined;
  const isSet = operation !== undefined && operation !== "SETOP_NONE";
  refuseClauses(select, isSet);
  if (isSet) {
    const operator = (
      { SETOP_UNION: "union", SETOP_INTERSECT: "intersect", SETOP_EXCEPT: "except" } as const
    )[operation];
    if (operator === undefined || select.sortClause !== undefined) {
      throw new Unsupported("an ordered set operation");
    }
    const left = readSelect(select.larg as Node, outer);
    if (left.set !== undefined) {
      throw new Unsupported("a chain of set operations");
    }
    return { ...left, set: { operator, query: readSelect(select.rarg as Node, outer) } };
  }
  const names = new Map<string, number>();
  for (const from of list(select.fromClause)) {
    readFrom(from, outer.graph, names);
  }
  const tables = [...names.values()];
  if (tables.length === 0 || new Set(tables).size !== tables.length) {
    throw new Unsupported("a table joined with itself");
  }
  const scope: Scope = { ...outer, names, outer: outer.names.size > 0 ? outer : undefined };
  const order = list(select.sortClause).map((one) => one.SortBy as Node);
  const directions = new Set(order.map((one) => one.sortby_dir === "SORTBY_DESC"));
  if (directions.size > 1) {
    throw new Unsupported("two directions of order");
  }
  const limit = select.limitCount as Node | undefined;
  return {
    tables: [...tables].sort((left, right) => left - right),
    distinct: select.distinctClause !== undefined,
    select: list(select.targetList).map((one) =>
      readItem((one.ResTarget as Node).val as Node, scope),
    ),
    where: joined(select.whereClause as Node | undefined, scope),
    group: list(select.groupClause).map((one) => readTerm(one, scope)),
    having: joined(select.havingClause as Node | undefined, scope),
    order: order.map((one) => readTerm(one.node as Node, scope)),
    descending: directions.has(true),
    ...(limit === undefined ? {} : { limit: valueAt(constant(limit), scope) }),
  };
}

function readFrom(from: Node, graph: SchemaGraph, names: Map<string, number>): void {
  const join = from.JoinExpr as Node | undefined;
  if (join !== undefined) {
    if (join.jointype !== "JOIN_INNER") {
      throw new Unsupported("an outer join");
    }
    readFrom(join.larg as Node, graph, names);
    readFrom(join.rarg as Node, graph, names);
    return;
  }
  const table = from.RangeVar as Node | undefined;
  if (table === undefined) {
    throw new Unsupported("a query in FROM");
  }
  const name = String(table.relname).toLowerCase();
  const at = graph.tables.findIndex((one) => one.info.name.toLowerCase() === name);
  if (at < 0) {
    throw new Unsupported(`no table ${name}`);
  }
  const alias = (table.alias as Node | undefined)?.aliasname;
  const key = String(alias ?? name).toLowerCase();
  if (names.has(key)) {
    throw new Unsupported("a table joined with itself");
  }
  names.set(key, at);
}

function readItem(node: Node, scope: Scope): Item {
  return { kind: "term", term: readTerm(node, scope) };
}

function readTerm(node: Node, scope: Scope): Term {
  const call = node.FuncCall as Node | undefined;
  if (call === undefined) {
    return { column: readColumn(node, scope) };
  }
  const name = nameOf(list(call.funcname).at(-1)).toLowerCase();
  const aggregate = (
    name === "count" && call.agg_distinct === true ? "countd" : name
  ) as ProgramAggregate;
  if (!["max", "min", "count", "sum", "avg", "countd"].includes(aggregate)) {
    throw new Unsupported(`the function ${name}`);
  }
  const [argument, ...more] = list(call.args);
  const distinct = call.agg_distinct === true && aggregate !== "countd";
  if (call.over !== undefined || call.agg_filter !== undefined || more.length > 0 || distinct) {
    throw new Unsupported("an aggregate over a window, with a filter, or of distinct values");
  }
  return { aggregate, column: argument === undefined ? "*" : readColumn(argument, scope) };
}

function readColumn(node: Node, scope: Scope): number | "*" {
  const reference = node.ColumnRef as Node | undefined;
  if (reference === undefined) {
    throw new Unsupported("an expression where a column was expected");
  }
  const parts = list(reference.fields);
  if (parts.at(-1)?.A_Star !== undefined) {
    return "*";
  }
  const name = nameOf(parts.at(-1)).toLowerCase();
  const owner = parts.length > 1 ? nameOf(parts[0]).toLowerCase() : undefined;
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    for (const [alias, table] of at.names) {
      if (owner !== undefined && owner !== alias) {
        continue;
      }
      const found = scope.graph.tables[table]?.columns.find(
        (one) => scope.graph.columns[one]?.info.name.toLowerCase() === name,
      );
      if (found !== undefined) {
        if (at !== scope) {
          throw new Unsupported("a correlated query");
        }
        return found;
      }
    }
  }
  throw new Unsupported(`no column ${name}`);
}

function joined(node: Node | undefined, scope: Scope): readonly Joined[] {
  if (node === undefined) {
    return [];
  }
  const bool = node.BoolExpr as Node | undefined;
  if (bool === undefined || bool.boolop === "NOT_EXPR") {
    return [{ joiner: "and", condition: readCondition(node, scope) }];
  }
  const joiner = bool.boolop === "OR_EXPR" ? "or" : "and";
  return list(bool.args).flatMap((argument, at) => {
    const inner = joined(argument, scope);
    if (joiner === "and" && inner.some((one, index) => index > 0 && one.joiner === "or")) {
      throw new Unsupported("an OR inside an AND");
    }
    return inner.map((one, index) => (index === 0 && at > 0 ? { ...one, joiner } : one));
  });
}

const negations: Readonly<Record<string, ProgramOperator>> = {
  "=": "!=",
  in: "notin",
  contains: "notcontains",
  starts: "notstarts",
  ends: "notends",
  between: "notbetween",
};

function readCondition(node: Node, scope: Scope): Condition {
  const bool = node.BoolExpr as Node | undefined;
  if (bool !== undefined) {
    const inner = readCondition(list(bool.args)[0] as Node, scope);
    const operator = negations[inner.operator];
    if (operator === undefined) {
      throw new Unsupported("NOT of a comparison");
    }
    return { ...inner, operator };
  }
  const test = node.NullTest as Node | undefined;
  if (test !== undefined) {
    const operator = test.nulltesttype === "IS_NULL" ? "isnull" : "notnull";
    return {
      term: readTerm(test.arg as Node, scope),
      operator,
      operand: { kind: "values", values: [] },
    };
  }
  const link = node.SubLink as Node | undefined;
  if (link !== undefined) {
    if (link.subLinkType !== "ANY_SUBLINK" || list(link.operName).length > 0) {
      throw new Unsupported("EXISTS");
    }
    const term = readTerm(link.testexpr as Node, scope);
    return { term, operator: "in", operand: queryOf(link, scope) };
  }
  return readComparison(node.A_Expr as Node | undefined, scope);
}

function queryOf(link: Node, scope: Scope): Operand {
  const inner = (link.subselect as Node).SelectStmt as Node;
  return { kind: "query", query: readSelect(inner, scope) };
}

function readComparison(expression: Node | undefined, scope: Scope): Condition {
  if (expression === undefined) {
    throw new Unsupported("a condition of another kind");
  }
  const term = readTerm(expression.lexpr as Node, scope);
  const right = expression.rexpr as Node;
  const word = nameOf(list(expression.name)[0]);
  switch (expression.kind) {
    case "AEXPR_BETWEEN":
    case "AEXPR_NOT_BETWEEN": {
      const bounds = list((right.List as Node).items);
      const operator = expression.kind === "AEXPR_BETWEEN" ? "between" : "notbetween";
      const values = bounds.map((one) => valueAt(constant(one), scope));
      return { term, operator, operand: { kind: "values", values } };
    }
    case "AEXPR_LIKE":
    case "AEXPR_ILIKE":
      return readLike(term, word.startsWith("!"), constant(right), scope);
    case "AEXPR_OP": {
      const operator = (word === "<>" ? "!=" : word) as ProgramOperator;
      if (!["=", ">", "<", ">=", "<=", "!="].includes(operator)) {
        throw new Unsupported(`the operator ${word}`);
      }
      return { term, operator, operand: readOperand(right, scope) };
    }
    default:
      throw new Unsupported(String(expression.kind));
  }
}

function readOperand(node: Node, scope: Scope): Operand {
  const link = node.SubLink as Node | undefined;
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
  return { kind: "values", values: [valueAt(constant(node), scope)] };
}

function readLike(term: Term, negated: boolean, pattern: string, scope: Scope): Condition {
  const open = pattern.startsWith("%");
  const close = pattern.endsWith("%");
  const bare = pattern.replace(/^%|%$/g, "");
  if (/[%_]/.test(bare.replace(/_/g, "")) || bare === "") {
    throw new Unsupported("a pattern with a gap");
  }
  const kind = open && close ? "contains" : close ? "starts" : open ? "ends" : "=";
  const operator: ProgramOperator = negated ? (negations[kind] ?? "notcontains") : kind;
  return { term, operator, operand: { kind: "values", values: [valueAt(bare, scope)] } };
}

/** What PostgreSQL's tree leaves out because it is the default of its type. */
const unwritten: Readonly<Record<string, string>> = { ival: "0", boolval: "false" };

function constant(node: Node): string {
  const negative = node.A_Expr as Node | undefined;
  if (
    negative !== undefined &&
    nameOf(list(negative.name)[0]) === "-" &&
    negative.lexpr === undefined
  ) {
    return `-${constant(negative.rexpr as Node)}`;
  }
  const found = node.A_Const as Node | undefined;
  if (found === undefined) {
    throw new Unsupported("an expression where a value was expected");
  }
  const inner = (key: string, field: string): string | undefined => {
    const one = found[key] as Node | undefined;
    return one === undefined ? undefined : String(one[field] ?? unwritten[key] ?? "");
  };
  const text =
    inner("sval", "sval") ??
    inner("ival", "ival") ??
    inner("fval", "fval") ??
    inner("boolval", "boolval");
  if (text === undefined) {
    throw new Unsupported("a null");
  }
  return text;
}

/** The position of the candidate that means this value; the last one stands for what the question does not say. */
function valueAt(text: string, { candidates, missing }: Scope): number {
  const key = valueKey(text);
  const same = candidates.findIndex((one) => one.kind !== "period" && valueKey(one.text) === key);
  if (same >= 0) {
    return same;
  }
  const spelled = candidates.findIndex((one) =>
    [...one.stored.values()].some((other) => valueKey(other) === key),
  );
  if (spelled >= 0) {
    return spelled;
  }
  const value = Number(text);
  const equal =
    text.trim() === ""
      ? -1
      : candidates.findIndex((one) => one.kind !== "period" && Number(one.text) === value);
  if (equal >= 0) {
    return equal;
  }
  missing.push(text);
  return candidates.length - 1;
}

function list(value: unknown): readonly Node[] {
  return Array.isArray(value) ? (value as readonly Node[]) : [];
}

function nameOf(node: Node | undefined): string {
  const text = node?.String as Node | undefined;
  return String(text?.sval ?? "");
}
