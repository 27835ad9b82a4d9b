/** Whether tables are joined as a program joins them: on the keys between them, which it does not name itself. */
import type { SchemaGraph } from "./graph.ts";
import { calledName, child, listOf, type SqlNode, textOf, Unsupported } from "./parsed-sql.ts";
import { readColumn, type SqlScope } from "./sql-terms.ts";

/** Columns that hold the same keys have the same number: each is its own, or that of a column it is linked with. */
const families = new WeakMap<SchemaGraph, readonly number[]>();

/** @throws Unsupported where a condition says more or something else. */
export function refuseOtherJoins(joins: readonly SqlNode[], scope: SqlScope): void {
  for (const join of joins) {
    if (join.isNatural === true) {
      throw new Unsupported("a natural join");
    }
    const pairs = [
      ...conjuncts(child(join, "quals")).map((one) => comparedColumns(one, scope)),
      ...listOf(join.usingClause).map((one) => namesakes(textOf(one), scope)),
    ];
    const family = familiesOf(scope.graph);
    if (pairs.some((pair) => new Set(pair.map((column) => family[column])).size !== 1)) {
      throw new Unsupported("a join on something other than keys");
    }
  }
}

function conjuncts(node: SqlNode | undefined): readonly SqlNode[] {
  const bool = child(node, "BoolExpr");
  if (node === undefined) {
    return [];
  }
  return bool?.boolop === "AND_EXPR" ? listOf(bool.args).flatMap(conjuncts) : [node];
}

function comparedColumns(node: SqlNode, scope: SqlScope): readonly number[] {
  const expression = child(node, "A_Expr");
  if (expression?.kind !== "AEXPR_OP" || calledName(expression.name) !== "=") {
    throw new Unsupported("a join on something other than keys");
  }
  return [child(expression, "lexpr"), child(expression, "rexpr")].map((side) => {
    const column = readColumn(side ?? {}, scope);
    return column === "*" ? -1 : column;
  });
}

function namesakes(name: string, { names, graph }: SqlScope): readonly number[] {
  const tables = new Set(names.values());
  return graph.columns.flatMap((one, at) =>
    tables.has(one.table) && one.info.name.toLowerCase() === name.toLowerCase() ? [at] : [],
  );
}

function familiesOf(graph: SchemaGraph): readonly number[] {
  const known = families.get(graph);
  if (known !== undefined) {
    return known;
  }
  const family = graph.columns.map((_, at) => at);
  for (const [from, to] of graph.links) {
    const [old, now] = [family[from], family[to]];
    family.forEach((one, at) => {
      if (one === old && now !== undefined) {
        family[at] = now;
      }
    });
  }
  families.set(graph, family);
  return family;
}
