/** The report file: everything that was asked with its verdict, and the figures made of it. Reports can be compared. */
import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { z } from "zod";
import type { AskedQuestion } from "./ask-questions.ts";
import { mcnemar } from "./figures.ts";
import { percent } from "./print-summary.ts";
import type { EvaluationOptions } from "./run-evaluation.ts";

export function describeRun(options: EvaluationOptions): Readonly<Record<string, unknown>> {
  return {
    engine: options.engine.version,
    postgres: options.postgres,
    databases: options.databases,
    now: new Date(options.now).toISOString(),
    budget: options.budget,
    node: process.version,
    processor: cpus()[0]?.model ?? "unknown",
  };
}

export async function writeReport(file: string, report: object): Promise<void> {
  await writeFile(file, `${JSON.stringify(report, null, 1)}\n`);
}

/** Of an older report only what the comparison needs. */
const Compared = z.object({
  asked: z.array(
    z.object({ id: z.string(), question: z.string(), outcome: z.string(), right: z.boolean() }),
  ),
});

export interface Comparison {
  readonly n: number;
  readonly onlyOld: number;
  readonly onlyNew: number;
  /** McNemar's exact test, two-sided. */
  readonly p: number;
  readonly lost: readonly string[];
  readonly won: readonly string[];
}

/** Question by question, for those that both reports have with the same words. */
export function compareAsked(
  old: z.output<typeof Compared>["asked"],
  now: readonly AskedQuestion[],
  hit: (one: { outcome: string; right: boolean }) => boolean,
): Comparison {
  const before = new Map(old.map((one) => [one.id, one]));
  const pairs = now.flatMap((one) => {
    const other = before.get(one.id);
    return other?.question === one.question ? [{ id: one.id, old: hit(other), now: hit(one) }] : [];
  });
  const lost = pairs.filter((pair) => pair.old && !pair.now).map(({ id }) => id);
  const won = pairs.filter((pair) => !pair.old && pair.now).map(({ id }) => id);
  const [onlyOld, onlyNew] = [lost.length, won.length];
  return { n: pairs.length, onlyOld, onlyNew, p: mcnemar(onlyOld, onlyNew), lost, won };
}

/** @throws Error where the file is not a report. */
export async function compareWith(
  file: string,
  now: readonly AskedQuestion[],
): Promise<readonly string[]> {
  const old = Compared.parse(JSON.parse(await readFile(file, "utf8"))).asked;
  const answerable = now.filter(({ expect }) => expect === "answer");
  const kinds = {
    ex_answered: (one: { outcome: string; right: boolean }) =>
      one.outcome === "answer" && one.right,
    ex_top: (one: { right: boolean }) => one.right,
  };
  return Object.entries(kinds).flatMap(([name, hit]) => {
    const { n, onlyOld, onlyNew, p, lost, won } = compareAsked(old, answerable, hit);
    const difference = n === 0 ? 0 : (onlyNew - onlyOld) / n;
    return [
      `${name} against ${file}: ${percent(difference)} points (n = ${n}; only before ${onlyOld}, only now ${onlyNew}; McNemar exact p = ${p.toPrecision(3)})`,
      `  won:  ${won.join(" ")}`,
      `  lost: ${lost.join(" ")}`,
    ];
  });
}
