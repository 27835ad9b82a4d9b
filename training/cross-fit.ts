/**
 * How well ranking and calibration do on databases that they were not fitted to: each quarter of the databases is judged
 * by what was fitted to the others. `node training/cross-fit.ts --collected FILE[,FILE]`
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type FittedWeights, judge } from "../shared/ask/network/rank.ts";
import { type CollectedQuestion, fitRanking } from "./fit.ts";

const FOLDS = 4;

export interface Judged {
  readonly origin: string;
  /** By the network alone, by the ranking, and whether any proposal was. */
  readonly first: boolean;
  readonly ranked: boolean;
  readonly any: boolean;
  readonly confidence: number;
}

export function crossFit(questions: readonly CollectedQuestion[]): readonly Judged[] {
  const databases = [...new Set(questions.map((one) => one.database))].sort();
  return Array.from({ length: FOLDS }, (_, fold) => {
    const isOwn = (one: CollectedQuestion): boolean =>
      databases.indexOf(one.database) % FOLDS === fold;
    const fitted = fitRanking(questions.filter((one) => !isOwn(one)));
    return questions.filter(isOwn).map((one) => judgeFirst(fitted, one));
  }).flat();
}

function judgeFirst(fitted: FittedWeights, { origin, candidates }: CollectedQuestion): Judged {
  const judged = judge(
    fitted,
    candidates.map((one) => one.evidence),
  );
  const [best] = candidates
    .map(({ right }, at) => ({ right, ...(judged[at] ?? { order: 0, confidence: 0 }) }))
    .sort((left, right) => right.order - left.order);
  return {
    origin,
    first: candidates[0]?.right === true,
    ranked: best?.right === true,
    any: candidates.some((one) => one.right),
    confidence: best?.confidence ?? 0,
  };
}

function share(some: readonly Judged[], test: (one: Judged) => boolean): string {
  return ((100 * some.filter(test).length) / Math.max(some.length, 1)).toFixed(1);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { collected: { type: "string", default: "" } } });
  const texts = await Promise.all(
    values.collected.split(",").map((file) => readFile(file, "utf8")),
  );
  const lines = texts.flatMap((text) => text.split("\n"));
  const judged = crossFit(lines.map((line) => JSON.parse(line) as CollectedQuestion));
  for (const [origin, some] of Map.groupBy(judged, (one) => one.origin)) {
    const first = share(some, (one) => one.first);
    const ranked = share(some, (one) => one.ranked);
    const any = share(some, (one) => one.any);
    console.log(`${origin}: n ${some.length}, first ${first}, ranked ${ranked}, any ${any}`);
  }
  const known = judged.filter(({ origin }) => origin === "spider" || origin === "synonym");
  const sorted = known.toSorted((left, right) => right.confidence - left.confidence);
  for (const coverage of [0.2, 0.3, 0.4, 0.5, 0.7, 1]) {
    const most = sorted.slice(0, Math.round(coverage * sorted.length));
    const from = most.at(-1)?.confidence.toFixed(2);
    console.log(`precision at ${coverage}: ${share(most, (one) => one.ranked)} (from ${from})`);
  }
}
