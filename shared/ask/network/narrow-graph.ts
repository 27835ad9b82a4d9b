/** Of a large schema, the part that a question can be about: the network's work grows with the square of what it is shown. */
import type { ValueCandidate } from "./candidates.ts";
import type { SchemaGraph } from "./graph.ts";
import type { NameLinks, NameShare } from "./link-names.ts";

/** More columns than this are too many to look at, and as many are kept. */
const MOST_COLUMNS = 100;
const MOST_TABLES = 30;

export interface Narrowed {
  readonly graph: SchemaGraph;
  readonly candidates: readonly ValueCandidate[];
  /** Of what is left. */
  readonly links: () => NameLinks;
}

/** Everything, where that is little enough. @param link Asked only where it is not. */
export function narrowGraph(
  graph: SchemaGraph,
  candidates: readonly ValueCandidate[],
  link: () => NameLinks,
): Narrowed {
  if (graph.columns.length <= MOST_COLUMNS && graph.tables.length <= MOST_TABLES) {
    return { graph, candidates, links: link };
  }
  const links = link();
  const columnScores = graph.columns.map(
    (_, at) => scoreOf(links.columnShares[at]) + storedScore(at, candidates),
  );
  const own = graph.tables.map(
    (table, at) =>
      scoreOf(links.tableShares[at]) +
      0.8 * Math.max(0, ...table.columns.map((one) => columnScores[one] ?? 0)),
  );
  // What lies beside a likely table may lie between two of them.
  const tableScores = own.map((score, at) => {
    const beside = graph.keys
      .filter((key) => key.child === at || key.parent === at)
      .map((key) => own[key.child === at ? key.parent : key.child] ?? 0);
    return score + 0.3 * Math.max(0, ...beside);
  });
  const tables = new Set(best(tableScores, MOST_TABLES));
  const linked = new Set(graph.links.flat());
  const columns = best(
    graph.columns.map((column, at) => {
      const table = tableScores[column.table] ?? 0;
      const key = column.primaryKey || linked.has(at) ? 0.6 : 0;
      return tables.has(column.table) ? (columnScores[at] ?? 0) + 0.5 * table + key + 1e-3 : -1;
    }),
    MOST_COLUMNS,
  ).filter((at) => tables.has(graph.columns[at]?.table ?? -1));
  const kept = { tables: [...tables].sort(ascending), columns: columns.sort(ascending) };
  return { ...part(graph, candidates, kept), links: () => linksOf(links, kept) };
}

function scoreOf(share: NameShare | undefined): number {
  return share === undefined ? 0 : (share.whole ? 1.5 : 0) + 2 * share.share + share.loose;
}

function storedScore(column: number, candidates: readonly ValueCandidate[]): number {
  return candidates.some((one) => one.stored.has(column)) ? 2 : 0;
}

function best(scores: readonly number[], count: number): number[] {
  return scores
    .map((score, at) => ({ score, at }))
    .sort((left, right) => right.score - left.score || left.at - right.at)
    .slice(0, count)
    .map((one) => one.at);
}

function ascending(left: number, right: number): number {
  return left - right;
}

/** Positions of what is kept, in the whole graph. */
interface Kept {
  readonly tables: readonly number[];
  readonly columns: readonly number[];
}

function linksOf(links: NameLinks, { tables, columns }: Kept): NameLinks {
  const only = <T>(all: readonly T[], kept: readonly number[]): readonly T[] =>
    kept.flatMap((at) => {
      const one = all[at];
      return one === undefined ? [] : [one];
    });
  return {
    columns: only(links.columns, columns),
    tables: only(links.tables, tables),
    columnShares: only(links.columnShares, columns),
    tableShares: only(links.tableShares, tables),
    nearOnly: links.nearOnly,
  };
}

/** The same graph with only these tables and columns, numbered anew. */
function part(
  graph: SchemaGraph,
  candidates: readonly ValueCandidate[],
  { tables, columns }: Kept,
): Omit<Narrowed, "links"> {
  const tableAt = new Map(tables.map((table, at) => [table, at]));
  const columnAt = new Map(columns.map((column, at) => [column, at]));
  const keys = graph.keys.flatMap((key) => {
    const { child, parent, links } = key;
    const moved = links.flatMap(([from, to]): readonly (readonly [number, number])[] => {
      const [left, right] = [columnAt.get(from), columnAt.get(to)];
      return left === undefined || right === undefined ? [] : [[left, right]];
    });
    const [low, high] = [tableAt.get(child), tableAt.get(parent)];
    return moved.length < links.length || low === undefined || high === undefined
      ? []
      : [{ ...key, child: low, parent: high, links: moved }];
  });
  const narrowed: SchemaGraph = {
    tables: tables.flatMap((table) => {
      const node = graph.tables[table];
      return node === undefined
        ? []
        : [{ ...node, columns: node.columns.flatMap((one) => columnAt.get(one) ?? []) }];
    }),
    columns: columns.flatMap((column) => {
      const node = graph.columns[column];
      return node === undefined ? [] : [{ ...node, table: tableAt.get(node.table) ?? 0 }];
    }),
    keys,
    links: keys.flatMap((key) => key.links),
    // Values have been read before anything is left out; their columns would have the old numbers here.
    values: new Map(),
  };
  return {
    graph: narrowed,
    candidates: candidates.map((one) => ({
      ...one,
      stored: new Map(
        [...one.stored].flatMap(([column, spelling]) => {
          const at = columnAt.get(column);
          return at === undefined ? [] : [[at, spelling] as const];
        }),
      ),
    })),
  };
}
