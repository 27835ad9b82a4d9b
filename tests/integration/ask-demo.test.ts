/** Questions answered against real rows: the demo source, and a hospital the engine was not written for. */
// covers: ASK-03, ASK-06

import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDateReader } from "../../shared/adapters/chrono/date-reader.ts";
import { createAskEngine } from "../../shared/ask/engine.ts";
import { demoDataSql } from "../../shared/demo/data-sql.ts";
import { demoExamples } from "../../shared/demo/examples.ts";
import { demoSchemaSql } from "../../shared/demo/schema-sql.ts";
import { type AskBench, judge, tally } from "../support/ask-runner.ts";
import { demoCases, demoToday, unanswerable } from "../support/demo-questions.ts";
import { demoCasesUnseen } from "../support/demo-questions-unseen.ts";
import {
  hospitalCases,
  hospitalSql,
  hospitalToday,
  hospitalUnanswerable,
} from "../support/hospital.ts";
import { introspectPglite } from "../support/introspect-pglite.ts";

const engine = createAskEngine(loadDateReader);
const benches: Partial<Record<"demo" | "hospital", AskBench>> = {};

beforeAll(async () => {
  const [demo, hospital] = [await PGlite.create(), await PGlite.create()];
  await demo.exec(demoSchemaSql);
  await demo.exec(demoDataSql(demoToday));
  await hospital.exec(hospitalSql);
  benches.demo = {
    db: demo,
    engine,
    schema: await introspectPglite(demo),
    examples: demoExamples,
    now: Date.parse(`${demoToday}T12:00:00Z`),
  };
  benches.hospital = {
    db: hospital,
    engine,
    schema: await introspectPglite(hospital),
    examples: [],
    now: Date.parse(`${hospitalToday}T12:00:00Z`),
  };
}, 90_000);
afterAll(async () => {
  await benches.demo?.db.close();
  await benches.hospital?.db.close();
});

describe.each([
  {
    source: "demo" as const,
    cases: [...demoCases, ...demoCasesUnseen],
    unanswered: unanswerable,
    least: 60,
  },
  {
    source: "hospital" as const,
    cases: hospitalCases,
    unanswered: hospitalUnanswerable,
    least: 20,
  },
])("$source", ({ source, cases, unanswered, least }) => {
  it("answers at least four in five questions right and none wrong with confidence", async () => {
    const verdicts = await judge(benches[source]!, cases);
    const figures = tally(verdicts);
    console.log(
      source,
      figures,
      verdicts.filter((one) => one.verdict !== "right"),
    );
    expect(figures.n).toBeGreaterThanOrEqual(least);
    expect(figures.right / figures.n).toBeGreaterThanOrEqual(0.8);
    expect(verdicts.filter((one) => one.verdict === "wrong" && one.confidence >= 0.8)).toEqual([]);
  }, 60_000);

  it("answers none of the questions its source cannot answer", async () => {
    const { schema, examples, now } = benches[source]!;
    for (const question of unanswered) {
      const { kind } = await engine.ask({ question, schema, examples, now });
      expect(kind, question).not.toBe("answer");
    }
  });
});

it("takes the half of the demo questions that no example covers as seriously as the other", async () => {
  const { schema, examples, now } = benches.demo!;
  const outcomes = await Promise.all(
    demoCases.map(({ question }) => engine.ask({ question, schema, examples, now })),
  );
  const generated = outcomes.filter(
    (outcome) => outcome.kind === "answer" && outcome.provenance === "generated",
  );
  expect(generated.length).toBeGreaterThan(demoCases.length / 2);
  expect(unanswerable.length).toBeGreaterThanOrEqual(20);
});
