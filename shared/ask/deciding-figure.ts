/** A figure that only decides which rows come, and that nobody asked to see: "which region has the highest revenue" wants the region. */
import type { Query } from "./ir.ts";
import type { Token } from "./tokens.ts";

/** What a figure is asked for with, and not only decided by. */
const figureWords =
  /^(many|much|numbers?|counts?|totals?|sums?|amounts?|averages?|avg|figures?|and|including|along|by|per|rank(ed)?)$/;

export function asksForFigures(tokens: readonly Token[]): boolean {
  return tokens.some((token) => figureWords.test(token.lower));
}

/** The same rows without such a figure; the query itself where it is to be seen. */
export function withoutDecidingFigure(query: Query, tokens: readonly Token[]): Query {
  const kept = query.select.filter((item) => item.kind !== "measure");
  const ranks = query.limit !== undefined && query.order.some((one) => one.asked && isFigure(one));
  const decides = query.having.length > 0 || ranks;
  return kept.length === 0 || !decides || asksForFigures(tokens)
    ? query
    : { ...query, select: kept };
}

function isFigure({ by }: Query["order"][number]): boolean {
  return by.kind === "measure";
}
