/** Figures that a question can ask for only in so many words. */
import type { Token } from "../tokens.ts";
import type { ValueCandidate } from "./candidates.ts";

/** Figures that nobody means who does not say so. */
export interface Wishes {
  readonly share: boolean;
  readonly ratio: boolean;
  readonly versus: boolean;
  readonly per: boolean;
  /** Days, weeks, months, quarters or years, one by one. */
  readonly grain: boolean;
}

const wishWords = {
  share: /^(shares?|percent(age)?s?|%|proportions?|fractions?|rates?|ratios?|part|portion)$/,
  ratio: /^(per|ratios?|rates?|average|avg|mean|divided|each|every|head)$/,
  versus: /^(versus|vs|against|compar(e|ed|ing|ison)|than|change[ds]?|differen(t|ce)|growth|and)$/,
  per: /^(per|each|every|by|within|respective(ly)?)$/,
  grain:
    /^(days?|daily|weeks?|weekly|months?|monthly|quarters?|quarterly|years?|yearly|annual(ly)?|trends?|when)$/,
} as const;

export function wishesOf(tokens: readonly Token[], candidates: readonly ValueCandidate[]): Wishes {
  const says = (words: RegExp): boolean => tokens.some((token) => words.test(token.lower));
  const periods = candidates.filter((one) => one.kind === "period");
  return {
    share: says(wishWords.share),
    ratio: says(wishWords.ratio),
    versus: says(wishWords.versus),
    per: says(wishWords.per),
    // The days of "the last 7 days" are no days one by one.
    grain: tokens.some(
      ({ lower }, at) =>
        wishWords.grain.test(lower) && !periods.some((one) => at >= one.start && at < one.end),
    ),
  };
}
