/** Puts the proposals in order by all evidence and says how likely the first is right. Its numbers are fitted, not chosen. */
import { evidenceOf } from "./evidence.ts";
import { withoutImpossible } from "./impossible.ts";
import type { Proposal, QuestionReading } from "./question-network.ts";
import { withoutTies } from "./tidy-program.ts";

/** One weight for each number of the evidence. */
export interface FittedWeights {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  readonly order: readonly number[];
  readonly chance: readonly number[];
  /** Of the share that a proposal's order has among those of all. */
  readonly chanceShare: number;
  readonly chanceBias: number;
}

export type Ranked = Proposal & {
  /** 0 … 1: the chance that it gives what was asked, from databases the network never saw. */
  readonly confidence: number;
};

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
  const [first] = ranked;
  return first === undefined || isTaught(first) || !proposals.some(isTaught)
    ? ranked
    : rankAll(fitted, reading, withoutImpossible(reading, proposals.flatMap(withoutExample)));
}

const isTaught = ({ suggested }: Proposal): boolean => suggested.example > 0;

/** What only an example suggests is gone with it, and so is its order of ties. */
function withoutExample(one: Proposal): readonly Proposal[] {
  if (!isTaught(one)) {
    return [one];
  }
  const suggested = { ...one.suggested, example: 0 };
  const stays = one.program !== undefined && (one.found || suggested.rules > 0);
  return stays ? [{ ...one, program: withoutTies(one.program), suggested }] : [];
}

function rankAll(
  fitted: FittedWeights,
  reading: QuestionReading,
  proposals: readonly Proposal[],
): readonly Ranked[] {
  const judged = judge(fitted, evidenceOf(reading, proposals));
  return proposals
    .map((proposal, at) => ({ ...proposal, ...(judged[at] ?? { order: 0, confidence: 0 }) }))
    .sort((left, right) => right.order - left.order);
}

export interface Judgement extends Pick<Ranked, "confidence"> {
  /** The higher comes first; comparable only within one question. */
  readonly order: number;
}

/** What the fitted weights make of the evidence for all proposals of a question. */
export function judge(
  fitted: FittedWeights,
  evidence: readonly (readonly number[])[],
): readonly Judgement[] {
  const rows = evidence.map((row) => scaled(row, fitted));
  const orders = rows.map((row) => dot(row, fitted.order));
  const shares = softmax(orders);
  return rows.map((row, at) => {
    const lift = dot(row, fitted.chance) + fitted.chanceShare * (shares[at] ?? 0);
    return {
      order: orders[at] ?? 0,
      confidence: 1 / (1 + Math.exp(-(lift + fitted.chanceBias))),
    };
  });
}

/** In deviations from the mean. */
export function scaled(
  row: readonly number[],
  { mean, deviation }: Pick<FittedWeights, "mean" | "deviation">,
): readonly number[] {
  return row.map((value, at) => (value - (mean[at] ?? 0)) / Math.max(deviation[at] ?? 1, 1e-6));
}

export function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0);
}

/** The share of each in what there is of all, given their logarithms. */
export function softmax(values: readonly number[]): readonly number[] {
  const most = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - most));
  const total = powers.reduce((sum, value) => sum + value, 0);
  return powers.map((value) => value / total);
}
