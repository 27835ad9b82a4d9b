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

/** An example less like the question than this answers another. */
const LEAST_LIKENESS = 0.5;

export interface Ranked extends Proposal {
  /** 0 … 1: the chance that it gives what was asked, from databases the network never saw. */
  readonly confidence: number;
}

/**
 * Verified examples count only where one of them wins: a question that none of them answers is read as if there were
 * none, and so no confirmation changes what other questions get.
 */
export function rank(
  fitted: FittedWeights,
  reading: QuestionReading,
  proposals: readonly Proposal[],
): readonly Ranked[] {
  const ranked = rankAll(fitted, reading, proposals);
  const won = (ranked[0]?.suggested.example ?? 0) >= LEAST_LIKENESS;
  return won ? ranked : rankAll(fitted, reading, withoutExamples(proposals));
}

function withoutExamples(proposals: readonly Proposal[]): readonly Proposal[] {
  return proposals
    .filter((one) => one.found || one.suggested.rules > 0)
    .map((one) => ({ ...one, suggested: { ...one.suggested, example: 0 } }));
}

function rankAll(
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
