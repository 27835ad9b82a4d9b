// covers: ASK-10, ASK-11
/** Questions whose joins are doubtful, from the words to the answer's JSON: the rows are right, and what is odd is said. */
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDateReader } from "../../shared/adapters/chrono/date-reader.ts";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { createAskEngine, type RulesEngine } from "../../shared/ask/engine.ts";
import { createNetworkAsk } from "../../shared/ask/network/network-ask.ts";
import type { AskEngine } from "../../shared/ask/ports.ts";
import { loadQuestionNetwork } from "../../shared/compose-network.ts";
import { QueryAnswer, QueryClarify } from "../../shared/contract/query.ts";
import { planQuestion } from "../../shared/query/plan-statement.ts";
import { renderOutcome } from "../../shared/query/render-answer.ts";
import type { JsonValue, SourceSchema } from "../../shared/sources/ports.ts";
import type { SqlGuard } from "../../shared/sql/ports.ts";
import { createSqlGuard } from "../../shared/sql/sql-guard.ts";
import { introspectPglite } from "../support/introspect-pglite.ts";
import { airlineSql } from "../support/network/airline.ts";
import { renderKnown } from "../support/result-stream.ts";

const silent: Pick<RulesEngine, "version" | "answer"> = {
  version: "silent",
  answer: () => ({
    outcome: { kind: "abstain", reason: "no rules here", confidence: 1 },
    readings: [],
    defined: false,
  }),
};
const byNetwork = createNetworkAsk(silent, loadQuestionNetwork, loadDateReader);
const whole = createNetworkAsk(
  createAskEngine(loadDateReader),
  loadQuestionNetwork,
  loadDateReader,
);

let db: PGlite;
let schema: SourceSchema;
let guard: SqlGuard;

beforeAll(async () => {
  db = await PGlite.create();
  await db.exec(airlineSql);
  schema = await introspectPglite(db);
  guard = createSqlGuard(await createLibpgParser());
}, 90_000);
afterAll(() => db.close());

interface Asked {
  readonly engine?: AskEngine;
  readonly rejected?: readonly string[];
}

/** Low, so that what is tried here are the joins and not how sure the weights of the day are. */
const thresholds = { answer: 0.2, clarify: 0.1 };

/** The body of the answer that the caller gets. */
async function ask(question: string, { engine = byNetwork, rejected = [] }: Asked = {}) {
  const knowledge = { schema, examples: [], rejected, thresholds };
  const plan = await planQuestion({ guard, ask: engine }, question, knowledge, 0);
  const head = { queryId: "qry_1", sourceId: "airline", timing: { total: 1 } };
  if (plan.kind !== "statement") {
    const doubt = { ...head, kind: "doubt", doubt: plan } as const;
    return JSON.parse(String(renderOutcome(doubt, request(question))));
  }
  const rows = await rowsOf(plan.sql, plan.params);
  const columns = (rows[0] ?? []).map((_, at) => ({ name: `c${at}`, type: "text" }));
  const result = renderKnown({ columns, rows, truncated: false }, "arrays");
  const cache = { status: "miss", ageSeconds: 0 } as const;
  const answer = { ...head, kind: "answer", plan, result, cache } as const;
  return JSON.parse(String(renderOutcome(answer, request(question))));
}

const request = (question: string) => ({ question, format: "arrays" as const, explain: false });

/** Every cell as text, so that numbers of all widths compare. */
async function rowsOf(sql: string, params: readonly JsonValue[] = []): Promise<string[][]> {
  const { rows } = await db.query<unknown[]>(sql, [...params], { rowMode: "array" });
  return rows.map((row) => row.map(String)).sort();
}

describe("a question that does not say which of two keys", () => {
  it("is asked back with one option for each, which differ in their words and their rows", async () => {
    const doubt = QueryClarify.parse(
      await ask("How many flights are there for each airport name?"),
    );
    expect(doubt.options).toHaveLength(2);
    const [first, second] = doubt.options;
    expect(first?.question).toMatch(/by the (origin|destination) airport/);
    expect(second?.question).toMatch(/by the (origin|destination) airport/);
    expect(first?.question).not.toBe(second?.question);
    expect(await rowsOf(first?.sql ?? "")).not.toEqual(await rowsOf(second?.sql ?? ""));
  });

  it("is answered by the other key once a person called the first wrong", async () => {
    const question = "How many flights are there for each airport name?";
    const doubt = QueryClarify.parse(await ask(question));
    const answer = QueryAnswer.parse(
      await ask(question, { rejected: [doubt.options[0]?.sql ?? ""] }),
    );
    expect(answer.sql).toBe(doubt.options[1]?.sql);
    expect(answer.restatement).toBe(doubt.options[1]?.question);
  });

  it("is answered where it says which, and the restatement says it too", async () => {
    const answer = QueryAnswer.parse(
      await ask("What is the number of flights by origin airport name?"),
    );
    expect(answer.restatement).toMatch(/by the origin airport$/);
    expect(answer.rows).toEqual(
      await rowsOf(
        "select a.name, count(*) from flights f join airports a on a.airport_id = f.origin_id group by 1",
      ),
    );
    expect(answer.suggestions).toContain("Airports without flights are not listed.");
  });
});

describe("an answer whose joins repeat or lose rows", () => {
  it("says that flights without a carrier are left out, and gives the others", async () => {
    const answer = QueryAnswer.parse(
      await ask("What is the total distance of flights for each carrier name?"),
    );
    // Whichever of the two columns comes first.
    const rows = answer.rows.map((row) => Object.values(row).map(String).sort().join());
    expect(new Set(rows)).toEqual(new Set(["3500,Polar", "800,Solar"]));
    expect(answer.suggestions).toEqual([
      "Flights without a carrier are left out.",
      "Carriers without flights are not listed.",
    ]);
  });

  it("says that a parent counts once for each child, unless it does not", async () => {
    const answer = QueryAnswer.parse(
      await ask("What is the average fleet size of carriers with complaints about delay?"),
    );
    const once = answer.rows.some((row) => Number(Object.values(row)[0]) === 20);
    const told = "The fleet size of carriers with several complaints counts once for each of them.";
    expect(answer.suggestions).toEqual(once ? [] : [told]);
  });

  it("says nothing where every row counts once", async () => {
    const answer = QueryAnswer.parse(await ask("How many flights are there?", { engine: whole }));
    expect(answer.rows).toEqual([["4"]]);
    expect(answer.suggestions).toEqual([]);
  });
});
