/** Runs questions through the engine and PGlite and compares their rows with those of SQL written by hand. */
import type { PGlite } from "@electric-sql/pglite";
import type {
  AskEngine,
  AskOutcome,
  AskSemantics,
  VerifiedExample,
} from "../../shared/ask/ports.ts";
import type { SourceSchema } from "../../shared/sources/ports.ts";

export interface AskCase {
  readonly question: string;
  readonly sql: string;
}

export interface AskVerdict {
  readonly question: string;
  readonly verdict: "right" | "wrong" | "clarified" | "abstained";
  readonly confidence: number;
  readonly detail: string;
}

export interface AskBench {
  readonly db: PGlite;
  readonly engine: AskEngine;
  readonly schema: SourceSchema;
  readonly examples: readonly VerifiedExample[];
  readonly now: number;
  readonly semantics?: AskSemantics;
}

export async function judge(
  bench: AskBench,
  cases: readonly AskCase[],
): Promise<readonly AskVerdict[]> {
  const verdicts: AskVerdict[] = [];
  for (const one of cases) {
    const outcome = await bench.engine.ask({
      question: one.question,
      schema: bench.schema,
      examples: bench.examples,
      now: bench.now,
      ...(bench.semantics && { semantics: bench.semantics }),
    });
    verdicts.push({
      question: one.question,
      confidence: outcome.confidence,
      ...(await compare(bench.db, outcome, one.sql)),
    });
  }
  return verdicts;
}

async function compare(
  db: PGlite,
  outcome: AskOutcome,
  expectedSql: string,
): Promise<Pick<AskVerdict, "verdict" | "detail">> {
  const expected = await db.query<unknown[]>(expectedSql, [], { rowMode: "array" });
  if (outcome.kind === "abstain") {
    return { verdict: "abstained", detail: outcome.reason };
  }
  if (outcome.kind === "clarify") {
    return {
      verdict: "clarified",
      detail: outcome.options.map((option) => option.question).join(" | "),
    };
  }
  const detail = `${outcome.sql.replaceAll("\n", " ")} ${JSON.stringify(outcome.params)} — ${outcome.restatement}`;
  const actual = await db.query<unknown[]>(outcome.sql, [...outcome.params], { rowMode: "array" });
  // A list may show more columns than asked for; each expected one must be there, under its name when it has a twin.
  const places = expected.fields.map((field, at) => {
    const named = actual.fields.findIndex((other) => other.name === field.name);
    return named >= 0 || actual.fields.length !== expected.fields.length ? named : at;
  });
  if (places.some((place) => place < 0)) {
    return { verdict: "wrong", detail: `columns differ: ${detail}` };
  }
  const left = actual.rows.map((row) => key(places.map((place) => row[place]))).sort();
  const right = expected.rows.map((row) => key(row)).sort();
  return { verdict: JSON.stringify(left) === JSON.stringify(right) ? "right" : "wrong", detail };
}

function key(row: readonly unknown[]): string {
  return JSON.stringify(
    row.map((cell) =>
      cell === null
        ? null
        : /^-?\d+(\.\d+)?(e.*)?$/.test(String(cell))
          ? Number(cell).toFixed(4)
          : cell,
    ),
  );
}

export function tally(
  verdicts: readonly AskVerdict[],
): Readonly<Record<AskVerdict["verdict"] | "n", number>> {
  const count = (verdict: AskVerdict["verdict"]): number =>
    verdicts.filter((one) => one.verdict === verdict).length;
  return {
    n: verdicts.length,
    right: count("right"),
    wrong: count("wrong"),
    clarified: count("clarified"),
    abstained: count("abstained"),
  };
}
