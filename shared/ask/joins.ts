/** Finds how tables join along foreign keys, declared and implied: the cheapest tree from a base table, and its equally cheap rivals. */
import type { TableInfo } from "../sources/ports.ts";
import { tableFinder } from "./find-table.ts";
import { impliedKeys } from "./implied-keys.ts";
import type { Join, JoinEdge } from "./ir.ts";

/** Towards a parent keeps one row per base row; towards a child multiplies rows, so it counts for more. */
const parentCost = 1;
const childCost = 1.5;
const maxRivals = 3;
const farthest = 6;

const cache = new WeakMap<readonly TableInfo[], readonly JoinEdge[]>();

export interface JoinPlan {
  readonly joins: readonly Join[];
  readonly cost: number;
}

export function joinEdges(tables: readonly TableInfo[]): readonly JoinEdge[] {
  const known = cache.get(tables);
  if (known !== undefined) {
    return known;
  }
  const find = tableFinder(tables);
  const declared = tables.flatMap((table, child) =>
    table.foreignKeys.flatMap((key) => {
      const parent = find(key.references.schema, key.references.table);
      // A key from a table to itself never joins two different nouns.
      return parent === undefined || parent === child
        ? []
        : [{ child, parent, childColumns: key.columns, parentColumns: key.references.columns }];
    }),
  );
  // The rules count rows, and would count those twice that meet several of a shared key.
  const implied = impliedKeys(tables).flatMap(({ child, parent, column, key, shared }) =>
    shared === true
      ? []
      : [{ ...{ child, parent }, ...{ childColumns: [column], parentColumns: [key] } }],
  );
  const edges = [...declared, ...implied];
  cache.set(tables, edges);
  return edges;
}

/** Up to three equally cheap plans, none where a table cannot be reached. A `via` edge is taken before all others. */
export function planJoins(
  tables: readonly TableInfo[],
  base: number,
  required: readonly number[],
  via: readonly JoinEdge[],
): readonly JoinPlan[] {
  const edges = joinEdges(tables);
  let plans: readonly JoinPlan[] = [{ joins: [], cost: 0 }];
  for (const wanted of required) {
    plans = cheapest(plans.flatMap((plan) => extend(plan, base, wanted, edges, via)));
  }
  return plans.slice(0, maxRivals);
}

function extend(
  plan: JoinPlan,
  base: number,
  wanted: number,
  edges: readonly JoinEdge[],
  via: readonly JoinEdge[],
): readonly JoinPlan[] {
  const inside = new Set([base, ...plan.joins.map((join) => join.adds)]);
  if (inside.has(wanted)) {
    return [plan];
  }
  let frontier: readonly JoinPlan[] = [plan];
  let best = Number.POSITIVE_INFINITY;
  const done: JoinPlan[] = [];
  for (let hops = 0; hops < farthest && frontier.length > 0; hops += 1) {
    const next: JoinPlan[] = [];
    for (const path of frontier) {
      for (const join of stepsFrom(
        path,
        hops === 0 ? inside : new Set([path.joins.at(-1)?.adds ?? base]),
        base,
        edges,
      )) {
        const forced = via.some((edge) => edge === join.edge) ? 0.9 : 0;
        const cost = path.cost + (join.fans ? childCost : parentCost) - forced;
        const longer = { joins: [...path.joins, join], cost };
        if (join.adds === wanted) {
          done.push(longer);
          best = Math.min(best, cost);
        } else if (cost < best) {
          next.push(longer);
        }
      }
    }
    frontier = next.sort((left, right) => left.cost - right.cost).slice(0, 200);
  }
  return cheapest(done);
}

function stepsFrom(
  path: JoinPlan,
  from: ReadonlySet<number>,
  base: number,
  edges: readonly JoinEdge[],
): readonly Join[] {
  const inside = new Set([base, ...path.joins.map((join) => join.adds)]);
  return edges.flatMap((edge) => {
    const up =
      from.has(edge.child) && !inside.has(edge.parent)
        ? [{ edge, adds: edge.parent, fans: false }]
        : [];
    const down =
      from.has(edge.parent) && !inside.has(edge.child)
        ? [{ edge, adds: edge.child, fans: true }]
        : [];
    return [...up, ...down];
  });
}

function cheapest(plans: readonly JoinPlan[]): readonly JoinPlan[] {
  const best = Math.min(...plans.map((plan) => plan.cost));
  return plans.filter((plan) => plan.cost <= best + 1e-9).slice(0, maxRivals);
}
