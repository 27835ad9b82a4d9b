/** Puts the proposals in order by all evidence and says how likely the first is right. Its numbers are fitted, not chosen. */
import { evidenceOf } from "./evidence.ts";
import type { Proposal, QuestionReading } from "./question-network.ts";

/** One weight for each number of the evidence. */
export interface FittedWeights {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  readonly order: readonly number[];
  readonly chance: readonly number[];
  readonly chanceBias: number;
}

export interface Ranked extends Proposal {
  /** 0 … 1: the chance that it gives what was asked, from databases the network never saw. */
  readonly confidence: number;
}

export function rank(
  fitted: FittedWeights,
  reading: QuestionReading,
  proposals: readonly Proposal[],
): readonly Ranked[] {
  return proposals
    .map((proposal, at) => {
      const evidence = evidenceOf(reading, proposals, at).map(
        (value, index) =>
          (value - (fitted.mean[index] ?? 0)) / Math.max(fitted.deviation[index] ?? 1, 1e-6),
      );
      const weigh = (weights: readonly number[]): number =>
        evidence.reduce((sum, value, index) => sum + value * (weights[index] ?? 0), 0);
      return {
        ...proposal,
        order: weigh(fitted.order),
        confidence: 1 / (1 + Math.exp(-(weigh(fitted.chance) + fitted.chanceBias))),
      };
    })
    .sort((left, right) => right.order - left.order);
}
