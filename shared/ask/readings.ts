/** Ties a frame's mentions to tables and columns in every plausible way and ranks the queries that come out. */
import type { TableInfo } from "../sources/ports.ts";
import { buildQueries } from "./build-query.ts";
import type { Frame } from "./frame.ts";
import type { Query } from "./ir.ts";
import type { Candidate, Target } from "./schema-index.ts";

export interface Reading {
  readonly query: Query;
  /** Lower is likelier; comparable only within one question. */
  readonly cost: number;
  readonly confidence: number;
}

export type Readings =
  | { readonly kind: "some"; readonly readings: readonly Reading[] }
  | { readonly kind: "none"; readonly reason: string };

const closeQuality = 0.13;
const maxPerMention = 6;
const maxCombinations = 256;
const joinWeight = 0.3;

export function readings(frame: Frame, tables: readonly TableInfo[]): Readings {
  const found: Reading[] = [];
  let reason = "the question names no table or column of the source";
  for (const picks of combinations(frame)) {
    const built = buildQueries(
      frame,
      picks.map((pick) => pick.target),
      tables,
    );
    if (built.kind === "problem") {
      reason = built.reason;
      continue;
    }
    const wording = picks.reduce((sum, pick) => sum - Math.log(pick.quality), 0);
    for (const query of built.queries) {
      found.push({
        query,
        cost: wording + joinWeight * built.joinCost + built.doubt,
        confidence: confidenceOf(picks, built.joinCost, built.doubt),
      });
    }
  }
  return found.length === 0
    ? { kind: "none", reason }
    : { kind: "some", readings: found.sort((left, right) => left.cost - right.cost) };
}

/** Every mention's close candidates against every other's; the likeliest first when there are too many. */
function combinations(frame: Frame): readonly (readonly Candidate[])[] {
  let all: readonly (readonly Candidate[])[] = [[]];
  for (const mention of frame.mentions) {
    const best = mention.candidates[0]?.quality ?? 0;
    const close = mention.candidates
      .filter((one) => one.quality >= best - closeQuality)
      .slice(0, maxPerMention);
    all = all.flatMap((picks) => close.map((one) => [...picks, one])).slice(0, maxCombinations);
  }
  return all;
}

/** Starts just below certainty and falls with inexact words, long join paths and assumptions. */
function confidenceOf(
  picks: readonly { readonly target: Target; readonly quality: number }[],
  joinCost: number,
  doubt: number,
): number {
  const words = picks.reduce((product, pick) => product * Math.sqrt(Math.min(1, pick.quality)), 1);
  const joins = 0.97 ** joinCost * (joinCost > 3 ? 0.8 : 1);
  return Math.round(100 * Math.max(0.05, 0.97 * words * joins * Math.exp(-doubt))) / 100;
}
