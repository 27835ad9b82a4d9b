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

/** An example less like the question than this answers another, unless the network would say the same by itself. */
const LEAST_LIKENESS = 0.65;
/** Then it may be less like it, but not less than this. */
const LEAST_AGREED = 0.35;

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
  const near = withoutFarExamples(proposals);
  const ranked = rankAll(fitted, reading, near);
  const [first] = ranked;
  return first === undefined || isTaught(first) || !near.some(isTaught)
    ? ranked
    : rankAll(
        fitted,
        reading,
        withExamples(() => false, near),
      );
}

/** One far example that seems to fit must not take the nearer ones with it. */
export function withoutFarExamples(proposals: readonly Proposal[]): readonly Proposal[] {
  return withExamples(
    ({ found, suggested: { example } }) => example >= (found ? LEAST_AGREED : LEAST_LIKENESS),
    proposals,
  );
}

const isTaught = ({ suggested }: Proposal): boolean => suggested.example > 0;

function withExamples(
  counts: (one: Proposal) => boolean,
  proposals: readonly Proposal[],
): readonly Proposal[] {
  return proposals.flatMap((one): readonly Proposal[] => {
    if (!isTaught(one) || counts(one)) {
      return [one];
    }
    const suggested = { ...one.suggested, example: 0 };
    return one.found || suggested.rules > 0 ? [{ ...one, suggested }] : [];
  });
}

function rankAll(
  fitted: FittedWeights,
  reading: QuestionReading,
  proposals: readonly Proposal[],
): readonly Ranked[] {
  const evidence = evidenceOf(reading, proposals);
  return proposals
    .map((proposal, at) => ({ ...proposal, ...judge(fitted, evidence[at] ?? []) }))
    .sort((left, right) => right.order - left.order);
}

export interface Judgement extends Pick<Ranked, "confidence"> {
  /** The higher comes first; comparable only within one question. */
  readonly order: number;
}

/** What the fitted weights make of the evidence for one proposal. */
export function judge(fitted: FittedWeights, evidence: readonly number[]): Judgement {
  const scaled = evidence.map(
    (value, at) => (value - (fitted.mean[at] ?? 0)) / Math.max(fitted.deviation[at] ?? 1, 1e-6),
  );
  const weigh = (weights: readonly number[]): number =>
    scaled.reduce((sum, value, at) => sum + value * (weights[at] ?? 0), 0);
  return {
    order: weigh(fitted.order),
    confidence: 1 / (1 + Math.exp(-(weigh(fitted.chance) + fitted.chanceBias))),
  };
}
