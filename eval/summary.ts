/** From what was asked to the figures: all with n and 95 % intervals. Pure. */
import type { AskedQuestion } from "./ask-questions.ts";
import { groupedInterval, type Proportion, proportion, quantile } from "./figures.ts";

export interface Figure extends Proportion {
  /** 95 %, when whole databases are drawn again; absent where there is only one. */
  readonly byDatabase?: readonly [number, number];
}

export interface Answerable {
  /** Answered and right, of all. */
  readonly ex_answered: Figure;
  /** Right, of those answered. */
  readonly precision: Figure;
  /** Answered, of all. */
  readonly coverage: Figure;
  /** The best candidate right whatever its confidence, of all. */
  readonly ex_top: Figure;
}

export interface CoveragePoint {
  /** The least confidence that counts as an answer here. */
  readonly confidence: number;
  readonly coverage: Proportion;
  readonly precision: Proportion;
}

export interface Summary {
  readonly answerable: Answerable;
  readonly byGroup: Readonly<Record<string, Answerable>>;
  readonly byDatabase: Readonly<Record<string, Answerable>>;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Of questions that have no answer here: those that got one. */
  readonly answeredAnyway?: Figure;
  /** Of questions that have several: those that were asked back. */
  readonly askedBack?: Figure;
  readonly coverageAccuracy: readonly CoveragePoint[];
  readonly precisionAt40: CoveragePoint | null;
  readonly goldsFailed: readonly string[];
  readonly latencyMs: { readonly n: number; readonly p50: number; readonly p95: number };
}

type Test = (one: AskedQuestion) => boolean;

const isAnswered: Test = ({ outcome }) => outcome === "answer";

export function summarise(asked: readonly AskedQuestion[]): Summary {
  const answerable = asked.filter(({ expect }) => expect === "answer");
  const unanswerable = asked.filter(({ expect }) => expect === "abstain");
  const ambiguous = asked.filter(({ expect }) => expect === "clarify");
  const points = coverageAccuracy(answerable);
  const times = asked.map(({ askMs }) => askMs);
  return {
    answerable: figures(answerable),
    byGroup: each(answerable, ({ group }) => group),
    byDatabase: each(answerable, ({ database }) => database),
    outcomes: Object.fromEntries(
      [...Map.groupBy(asked, ({ outcome }) => outcome)].map(([kind, some]) => [kind, some.length]),
    ),
    ...(unanswerable.length > 0 && { answeredAnyway: figure(unanswerable, isAnswered) }),
    ...(ambiguous.length > 0 && {
      askedBack: figure(ambiguous, ({ outcome }) => outcome === "clarify"),
    }),
    coverageAccuracy: points,
    precisionAt40: bestPrecision(points.filter(({ coverage }) => coverage.value >= 0.4)),
    goldsFailed: answerable.flatMap(({ id, why }) =>
      why?.startsWith("the gold: ") ? [`${id}: ${why.slice(10)}`] : [],
    ),
    latencyMs: { n: times.length, p50: quantile(times, 0.5), p95: quantile(times, 0.95) },
  };
}

export function figures(asked: readonly AskedQuestion[]): Answerable {
  return {
    ex_answered: figure(asked, (one) => isAnswered(one) && one.right),
    precision: figure(asked.filter(isAnswered), ({ right }) => right),
    coverage: figure(asked, isAnswered),
    ex_top: figure(asked, ({ right }) => right),
  };
}

function figure(asked: readonly AskedQuestion[], hit: Test): Figure {
  const groups = [...Map.groupBy(asked, ({ database }) => database).values()].map((some) => ({
    hits: some.filter(hit).length,
    n: some.length,
  }));
  const own = proportion(asked.filter(hit).length, asked.length);
  return groups.length > 1 ? { ...own, byDatabase: groupedInterval(groups) } : own;
}

export function each(
  asked: readonly AskedQuestion[],
  keyOf: (one: AskedQuestion) => string | undefined,
): Readonly<Record<string, Answerable>> {
  const groups = Map.groupBy(asked, keyOf);
  return Object.fromEntries(
    [...groups].flatMap(([key, some]) => (key === undefined ? [] : [[key, figures(some)]])),
  );
}

const COVERAGES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/**
 * If only the surest were answered: for each coverage the least confidence that reaches it, and how many of those are
 * right. Questions with equal confidence come in together, so the coverage may be higher than asked for.
 */
function coverageAccuracy(asked: readonly AskedQuestion[]): readonly CoveragePoint[] {
  const surest = asked
    .flatMap(({ best, right }) => (best === undefined ? [] : [{ at: best.confidence, right }]))
    .toSorted((a, b) => b.at - a.at);
  const limits = COVERAGES.flatMap(
    (share) => surest[Math.ceil(share * asked.length) - 1]?.at ?? [],
  );
  const last = surest.at(-1)?.at;
  return [...new Set([...limits, ...(last === undefined ? [] : [last])])].map((confidence) => {
    const taken = surest.filter(({ at }) => at >= confidence);
    return {
      confidence,
      coverage: proportion(taken.length, asked.length),
      precision: proportion(taken.filter(({ right }) => right).length, taken.length),
    };
  });
}

function bestPrecision(points: readonly CoveragePoint[]): CoveragePoint | null {
  return points.toSorted((a, b) => b.precision.value - a.precision.value)[0] ?? null;
}
