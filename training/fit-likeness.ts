/**
 * Fits how likely two questions ask the same (shared/ask/likeness.ts): public questions with the same gold are
 * paraphrases, and each is compared with the other verified questions of its database that are most like it.
 * `node training/fit-likeness.ts --spider DIR` prints the weights and how well they do on databases left out.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { paraphrased } from "../eval/seeded.ts";
import { compareQuestions, likenessFeatures, wordsOf } from "../shared/ask/likeness.ts";
import { indexSchema } from "../shared/ask/schema-index.ts";
import { normaliseText } from "../shared/ask/tokens.ts";
import { readSchema } from "./databases.ts";
import { average } from "./fit.ts";
import { databasesIn, readSpider } from "./questions.ts";

/** Farther ones are told apart anyway. */
const RIVALS = 6;
const FOLDS = 5;
const ROUNDS = 30;
const SHRINK = 1e-3;

interface Case {
  readonly features: readonly number[];
  readonly same: boolean;
}

/** An asked question beside the verified ones nearest to it. */
interface Asked {
  readonly database: string;
  readonly cases: readonly Case[];
}

async function collect(root: string): Promise<readonly Asked[]> {
  const questions = (await readSpider(join(root, "train_queries.csv"))).map(
    (one, at) => ({ ...one, id: String(at), expect: "answer" }) as const,
  );
  const asked: Asked[] = [];
  for (const [database, golds] of Map.groupBy(
    paraphrased(questions),
    (one) => one.taught.database,
  )) {
    const index = indexSchema(await readSchema(databasesIn(root), database));
    const worded = (text: string) => wordsOf(normaliseText(text), index, undefined);
    const verified = golds.map((gold) => ({ gold, known: worded(gold.taught.question) }));
    for (const own of golds)
      for (const { question } of own.asked) {
        const words = worded(question);
        const cases = verified
          .map(({ gold, known }) => {
            const { alignment, similarity } = compareQuestions(known, words, index);
            const features = likenessFeatures(known, words, alignment, index);
            return { features, similarity, same: gold === own };
          })
          .toSorted((left, right) => right.similarity - left.similarity);
        asked.push({ database, cases: cases.slice(0, RIVALS) });
      }
  }
  return asked;
}

interface Fitted {
  readonly weights: readonly number[];
  readonly bias: number;
}

/** Logistic regression by Newton's method, on features of mean 0 and deviation 1. */
function fitted(cases: readonly Case[]): Fitted {
  const width = cases[0]?.features.length ?? 0;
  const at = (column: number) => cases.map(({ features }) => features[column] ?? 0);
  const means = Array.from({ length: width }, (_, i) => average(at(i)));
  const deviations = means.map(
    (mean, i) => Math.sqrt(average(at(i).map((value) => (value - mean) ** 2))) || 1,
  );
  const rows = cases.map(({ features }) => [
    ...features.map((value, i) => (value - (means[i] ?? 0)) / (deviations[i] ?? 1)),
    1,
  ]);
  let scaled = rows[0]?.map(() => 0) ?? [];
  for (let round = 0; round < ROUNDS; round += 1) scaled = newtonStep(rows, cases, scaled);
  const weights = means.map((_, i) => (scaled[i] ?? 0) / (deviations[i] ?? 1));
  const bias =
    (scaled[width] ?? 0) - weights.reduce((sum, one, i) => sum + one * (means[i] ?? 0), 0);
  return { weights, bias };
}

function newtonStep(
  rows: readonly (readonly number[])[],
  cases: readonly Case[],
  weights: readonly number[],
): number[] {
  const slope = weights.map((weight) => -SHRINK * weight);
  const bend = weights.map((_, i) => weights.map((_, j) => (i === j ? SHRINK : 0)));
  for (const [n, row] of rows.entries()) {
    const chance = logistic(row.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0));
    const miss = (Number(cases[n]?.same) - chance) / rows.length;
    const spread = (chance * (1 - chance)) / rows.length;
    row.forEach((value, i) => {
      slope[i] = (slope[i] ?? 0) + miss * value;
      const line = bend[i] as number[];
      row.forEach((other, j) => {
        line[j] = (line[j] ?? 0) + spread * value * other;
      });
    });
  }
  const step = solve(bend, slope);
  return weights.map((weight, i) => weight + (step[i] ?? 0));
}

/** Gauss and Jordan; the matrix is positive definite. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((line, i) => [...line, right[i] ?? 0]);
  rows.forEach((pivot, i) => {
    const scale = pivot[i] ?? 1;
    pivot.forEach((value, j) => {
      pivot[j] = value / scale;
    });
    for (const other of rows) {
      const factor = other === pivot ? 0 : (other[i] ?? 0);
      other.forEach((value, j) => {
        other[j] = value - factor * (pivot[j] ?? 0);
      });
    }
  });
  return rows.map((line) => line.at(-1) ?? 0);
}

const logistic = (value: number): number => 1 / (1 + Math.exp(-value));

const scoreOf = ({ weights, bias }: Fitted, { features }: Case): number =>
  features.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), bias);

const foldOf = (database: string): number =>
  createHash("sha256").update(database).digest().readUInt32BE(0) % FOLDS;

/** The share of questions whose likeliest example is their own, each fold judged by what was fitted to the others. */
function crossFitted(asked: readonly Asked[]): number {
  const hits = Array.from({ length: FOLDS }, (_, fold) => {
    const found = fitted(
      asked.filter(({ database }) => foldOf(database) !== fold).flatMap(({ cases }) => cases),
    );
    return asked
      .filter(({ database }) => foldOf(database) === fold)
      .map(
        ({ cases }) =>
          cases.toSorted((left, right) => scoreOf(found, right) - scoreOf(found, left))[0],
      )
      .filter((first) => first?.same).length;
  });
  return hits.reduce((sum, one) => sum + one, 0) / asked.length;
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { spider: { type: "string", default: "" } } });
  const asked = await collect(values.spider);
  const { weights, bias } = fitted(asked.flatMap(({ cases }) => cases));
  const first = asked.filter(({ cases }) => cases[0]?.same).length / asked.length;
  console.log(`${asked.length} questions; own example first by similarity: ${percent(first)}`);
  console.log(`by likeness, on databases left out: ${percent(crossFitted(asked))}`);
  console.log(JSON.stringify({ weights: weights.map(shown), bias: shown(bias) }));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function shown(value: number): number {
  return Math.round(1_000 * value) / 1_000;
}
