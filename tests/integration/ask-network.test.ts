// covers: ASK-07, ASK-09
/** The engine with the network, over a schema that neither rules nor network were made for. */

import { describe, expect, it } from "vitest";
import { loadDateReader } from "../../shared/adapters/chrono/date-reader.ts";
import { createAskEngine, type RulesEngine } from "../../shared/ask/engine.ts";
import { createNetworkAsk } from "../../shared/ask/network/network-ask.ts";
import type { AskInput, AskOutcome } from "../../shared/ask/ports.ts";
import { loadQuestionNetwork } from "../../shared/compose-network.ts";
import { shopNow, shopSchema } from "../support/shop-schema.ts";

const now = shopNow;
const schema = shopSchema;
const engine = createNetworkAsk(
  createAskEngine(loadDateReader),
  loadQuestionNetwork,
  loadDateReader,
);

function ask(question: string, more: Partial<AskInput> = {}): Promise<AskOutcome> {
  return engine.ask({ question, schema, examples: [], now, ...more });
}

/** An engine that has made up its mind. */
function saying(outcome: AskOutcome): Pick<RulesEngine, "version" | "answer"> {
  return { version: "said", answer: () => ({ outcome, readings: [], defined: false }) };
}

describe("the engine with the network", () => {
  it("gives the same outcome to the same question", async () => {
    const question = "Which region has the most customers?";
    expect(await ask(question)).toEqual(await ask(question));
  });

  it("leaves an answer that a person verified alone", async () => {
    const verified: AskOutcome = {
      kind: "answer",
      provenance: "verified",
      sql: "select 1",
      params: [],
      confidence: 0.99,
      restatement: "Verified",
    };
    const outcome = await createNetworkAsk(
      saying(verified),
      loadQuestionNetwork,
      loadDateReader,
    ).ask({
      question: "How many customers are there?",
      schema,
      examples: [],
      now,
    });
    expect(outcome).toBe(verified);
  });

  it("takes the network’s reading where the rules have none", async () => {
    const none: AskOutcome = { kind: "abstain", reason: "no", confidence: 0.7 };
    const outcome = await createNetworkAsk(saying(none), loadQuestionNetwork, loadDateReader).ask({
      question: "How many customers are there?",
      schema,
      examples: [],
      now,
    });
    expect(outcome).toMatchObject({ kind: "answer", provenance: "generated" });
    expect(outcome.kind === "answer" && outcome.sql).toMatch(/count[(][*][)][\s\S]*from customers/);
  });

  it("answers by the rules alone where the network’s files cannot be read", async () => {
    const ruled: AskOutcome = { kind: "abstain", reason: "no", confidence: 0.7 };
    const broken = createNetworkAsk(
      saying(ruled),
      () => Promise.reject(new Error("no such file")),
      loadDateReader,
    );
    expect(await broken.ask({ question: "How many customers?", schema, examples: [], now })).toBe(
      ruled,
    );
  });

  it("never offers what was called wrong", async () => {
    const first = await ask("How many customers are there?");
    const sql = first.kind === "answer" ? first.sql : "";
    const second = await ask("How many customers are there?", { rejected: [sql] });
    const offered = [
      ...(second.kind === "answer" ? [second.sql] : []),
      ...(second.kind === "clarify" ? second.options.map((one) => one.sql) : []),
    ];
    expect(offered).not.toContain(sql);
  });

  it.each([
    "",
    "   ",
    "🦄🦄🦄",
    "Wie viele Kunden gibt es?",
    "有多少客户？",
    "drop table customers",
    "delete every customer",
    "select * from customers; drop table customers",
    "what is the weather in Paris tomorrow",
    "x".repeat(10_000),
    `${"how many customers ".repeat(600)}`,
    "' or 1=1 --",
    "\u0000\u0001",
  ])("gives a clear outcome and no write for %j", async (question) => {
    const outcome = await ask(question);
    if (outcome.kind === "answer") expect(outcome.sql).toMatch(/^\(?select/);
    else expect(outcome.reason).not.toBe("");
  });

  it("works on an empty schema", async () => {
    const outcome = await ask("How many customers are there?", {
      schema: { tables: [], version: "empty" },
    });
    expect(outcome.kind).toBe("abstain");
  });
});
