/**
 * Fits how proposals are ranked and how sure the first of them is.
 * `node training/fit.ts --collected FILE --out shared/ask/network/assets/ranking.json`
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { dot, type FittedWeights, scaled, softmax } from "../shared/ask/network/rank.ts";

export interface CollectedQuestion {
  readonly database: string;
  readonly question: string;
  /** `spider` or `synonym`; `taught`: asked with examples at hand; `strange`: of another database. */
  readonly origin: string;
  readonly candidates: readonly { readonly right: boolean; readonly evidence: readonly number[] }[];
}

interface Choice {
  readonly rows: readonly (readonly number[])[];
  readonly right: readonly boolean[];
}

const STEPS = 3_000;
const RATE = 0.5;
/** They are smaller, and there is but one proposal a question to look at. */
const CHANCE_STEPS = 15_000;
/**
 * Keeps the weights small where the data say little. Of 0.003 … 0.4 this is least surprised by databases that were left
 * out (0.50 nats a question; 0.55 at 0.003): what holds in one database holds less in the next.
 */
const SHRINK = 0.1;

/** @param shrink For questions all of one kind it may be far less. */
export function fitRanking(
  questions: readonly CollectedQuestion[],
  shrink: number = SHRINK,
): FittedWeights {
  const all = questions.flatMap((one) => one.candidates.map(({ evidence }) => evidence));
  const width = all[0]?.length ?? 0;
  const mean = columns(width, (at) => average(all.map((row) => row[at] ?? 0)));
  const deviation = columns(
    width,
    (at) => Math.sqrt(average(all.map((row) => ((row[at] ?? 0) - (mean[at] ?? 0)) ** 2))) || 1,
  );
  const choices = questions.map(
    ({ candidates }): Choice => ({
      rows: candidates.map(({ evidence }) => scaled(evidence, { mean, deviation })),
      right: candidates.map((one) => one.right),
    }),
  );
  const order = fitOrder(
    choices.filter((one) => one.right.includes(true)),
    width,
    shrink,
  );
  const firsts = choices.flatMap(({ rows, right }) => {
    const at = firstOf(rows, order);
    const row = rows[at];
    const share = softmax(rows.map((one) => dot(one, order)))[at] ?? 0;
    return row === undefined ? [] : [{ row, share, right: right[at] === true }];
  });
  return { mean, deviation, order, ...fitChance(firsts, width, shrink) };
}

interface First {
  readonly row: readonly number[];
  /** Of its order among those of all. */
  readonly share: number;
  readonly right: boolean;
}

/** Raises the share of chance that the right proposals of each question get together. */
function fitOrder(choices: readonly Choice[], width: number, shrink: number): readonly number[] {
  const weights = columns(width, () => 0);
  for (let step = 0; step < STEPS; step += 1) {
    const slope = columns(width, (at) => -shrink * (weights[at] ?? 0));
    for (const { rows, right } of choices) {
      const shares = softmax(rows.map((row) => dot(row, weights)));
      const rightShare = shares.reduce(
        (sum, share, at) => sum + (right[at] === true ? share : 0),
        0,
      );
      rows.forEach((row, at) => {
        const share = shares[at] ?? 0;
        const pull = (right[at] === true ? share / Math.max(rightShare, 1e-9) : 0) - share;
        addScaled(slope, row, pull / choices.length);
      });
    }
    addScaled(weights, slope, RATE);
  }
  return weights;
}

/** The share is one number more, in deviations from its mean, too. */
function fitChance(
  firsts: readonly First[],
  width: number,
  shrink: number,
): Pick<FittedWeights, "chance" | "chanceShare" | "chanceBias"> {
  const mean = average(firsts.map(({ share }) => share));
  const deviation = Math.sqrt(average(firsts.map(({ share }) => (share - mean) ** 2))) || 1;
  const rows = firsts.map(({ row, share, right }) => ({
    row: [...row, (share - mean) / deviation],
    right,
  }));
  const { weights, bias } = fitLogistic(rows, width + 1, shrink);
  const chanceShare = (weights[width] ?? 0) / deviation;
  return { chance: weights.slice(0, width), chanceShare, chanceBias: bias - chanceShare * mean };
}

function fitLogistic(
  rows: readonly { readonly row: readonly number[]; readonly right: boolean }[],
  width: number,
  shrink: number,
): { readonly weights: readonly number[]; readonly bias: number } {
  const weights = columns(width, () => 0);
  let bias = 0;
  // No step goes past where the slope turns, however far from the mean of all proposals the first ones are.
  const rate = 1 / (average(rows.map(({ row }) => dot(row, row) + 1)) / 4 + shrink);
  for (let step = 0; step < CHANCE_STEPS; step += 1) {
    const slope = columns(width, (at) => -shrink * (weights[at] ?? 0));
    let lift = 0;
    for (const { row, right } of rows) {
      const miss = Number(right) - 1 / (1 + Math.exp(-(dot(row, weights) + bias)));
      addScaled(slope, row, miss / rows.length);
      lift += miss / rows.length;
    }
    addScaled(weights, slope, rate);
    bias += rate * lift;
  }
  return { weights, bias };
}

export function firstOf(rows: readonly (readonly number[])[], weights: readonly number[]): number {
  const scores = rows.map((row) => dot(row, weights));
  return scores.indexOf(Math.max(...scores));
}

function columns(width: number, value: (at: number) => number): number[] {
  return Array.from({ length: width }, (_, at) => value(at));
}

export function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}

function addScaled(to: number[], from: readonly number[], factor: number): void {
  from.forEach((value, at) => {
    to[at] = (to[at] ?? 0) + value * factor;
  });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { collected: { type: "string" }, out: { type: "string" } },
  });
  const text = await readFile(values.collected ?? "", "utf8");
  const questions = text.split("\n").map((line) => JSON.parse(line) as CollectedQuestion);
  await writeFile(values.out ?? "", `${JSON.stringify(fitRanking(questions))}\n`);
}
