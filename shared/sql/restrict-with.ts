/** WITH under restriction: each query is worked on once, under the names that it can see. */
import { firstGuarded, NO_COLUMNS, renamed } from "./name-scope.ts";
import {
  type Cte,
  type CteEnv,
  type Env,
  listOf,
  type Node,
  type Restriction,
  refuseGuarded,
  textOf,
} from "./restriction.ts";
import { stringsOf } from "./statement-facts.ts";

/** The scope of the statement that carries the WITH. A query sees those before it; under RECURSIVE, all. */
export function openWith(select: Node, env: Env): { ctes: CteEnv | null; own: readonly Cte[] } {
  const clause = select.withClause as
    | { readonly ctes?: unknown; readonly recursive?: boolean }
    | undefined;
  const nodes = listOf(clause?.ctes).map((wrapped) => wrapped.CommonTableExpr as Node);
  if (clause === undefined) return { ctes: env.ctes, own: [] };
  if (clause.recursive === true) {
    const entries = new Map<string, Cte>();
    const ctes: CteEnv = { entries, outer: env.ctes };
    for (const node of nodes) entries.set(nameOf(node), waiting(node, { names: env.names, ctes }));
    return { ctes, own: [...entries.values()] };
  }
  let ctes = env.ctes;
  const own = nodes.map((node) => {
    const cte = waiting(node, { names: env.names, ctes });
    ctes = { entries: new Map([[nameOf(node), cte]]), outer: ctes };
    return cte;
  });
  return { ctes, own };
}

const nameOf = (node: Node): string => textOf(node.ctename) ?? "";
const waiting = (node: Node, env: Env): Cte => ({
  node,
  env,
  state: "waiting",
  columns: NO_COLUMNS,
});

/** A query that names itself gets the columns of its first arm, which is done by then. */
export function runCte(r: Restriction, cte: Cte): void {
  if (cte.state !== "waiting") return;
  cte.state = "running";
  const names = stringsOf(cte.node.aliascolnames);
  const select =
    (cte.node.ctequery as { readonly SelectStmt?: Node } | undefined)?.SelectStmt ?? {};
  const columns = r.select(select, cte.env, (first) => {
    cte.columns = renamed(first, names);
  });
  cte.columns = withSearchColumns(r, cte.node, renamed(columns, names));
  cte.state = "done";
}

/** SEARCH and CYCLE order and compare rows, and add columns of their own. */
function withSearchColumns(r: Restriction, node: Node, columns: Cte["columns"]): Cte["columns"] {
  const search = (node.search_clause ?? {}) as Node;
  const cycle = (node.cycle_clause ?? {}) as Node;
  const compared = new Set([
    ...stringsOf(search.search_col_list),
    ...stringsOf(cycle.cycle_col_list),
  ]);
  refuseGuarded(r, firstGuarded(columns.list.filter((column) => compared.has(column.name))));
  const added = [search.search_seq_column, cycle.cycle_mark_column, cycle.cycle_path_column]
    .map(textOf)
    .filter((name) => name !== null);
  return {
    list: [...columns.list, ...added.map((name) => ({ name, guarded: null }))],
    open: columns.open,
  };
}
