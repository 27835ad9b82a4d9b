/** Which question engine a configuration gives. */
// covers: LLM-02
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTokenBudget } from "../../shared/adapters/metadata/token-budget.ts";
import { createOutboundHttp } from "../../shared/adapters/outbound/outbound-http.ts";
import type { AskCall } from "../../shared/ask/ports.ts";
import { composeAsk } from "../../shared/compose-ask.ts";
import { loadConfig } from "../../shared/config.ts";
import { systemClock } from "../../shared/kernel/clock.ts";
import { testContext } from "../support/call-context.ts";
import { openEmbeddedMetadata, type TestDatabase } from "../support/databases.ts";
import { type ModelPeer, reply, startModelPeer } from "../support/model-peer.ts";
import { shopNow, shopSchema } from "../support/shop-schema.ts";

let metadata: TestDatabase;
beforeAll(async () => {
  metadata = await openEmbeddedMetadata();
});
afterAll(() => metadata.close());

let peer: ModelPeer;
beforeEach(async () => {
  peer = await startModelPeer({
    path: "/openai/v1/chat/completions",
    credential: ["api-key", "k"],
    model: "eu",
  });
  peer.answer(reply("select count(*) from orders", { confidence: 0.7 }));
});
afterEach(() => peer.close());

const engineOf = (settings: Readonly<Record<string, string>>) =>
  composeAsk({
    config: loadConfig(settings),
    clock: systemClock,
    outbound: createOutboundHttp({ allow: ["127.0.0.0/8"] }),
    tokenBudget: createTokenBudget(metadata.db, systemClock),
  });
const { ctx } = testContext();
const call: AskCall = {
  dialect: "postgres",
  requestId: "req_test",
  log: ctx.log,
  signal: ctx.signal,
  judge: async (canonicalSql) => ({ kind: "sound", canonicalSql, tables: ["orders"] }),
};
const unsure = {
  question: "how many unicorns do we have",
  schema: shopSchema,
  examples: [],
  now: shopNow,
  call,
};
const azure = () => ({
  LLM_PROVIDER: "azure-openai",
  LLM_BASE_URL: peer.url,
  LLM_MODEL: "eu",
  LLM_API_KEY: "k",
});

describe("the question engine", () => {
  it.each([
    {},
    { LLM_PROVIDER: "azure-openai", LLM_BASE_URL: "https://a.openai.azure.com", LLM_MODEL: "eu" },
  ])("can load its network before the first question comes", async (settings) => {
    const { prepare } = engineOf(settings);
    expect(prepare).toBeDefined();
    await expect(prepare?.()).resolves.toBeUndefined();
  });

  it("of nothing at all, or of a provider that is off, is the embedded one alone", async () => {
    const alone = engineOf({});
    expect((await alone.ask(unsure)).kind).toBe("abstain");
    const off = engineOf({ ...azure(), LLM_PROVIDER: "off" });
    expect(off.version).toBe(alone.version);
    expect((await off.ask(unsure)).kind).toBe("abstain");
    expect(peer.requests).toEqual([]);
  });

  it("with a provider has it and its model in the version, and asks it", async () => {
    const engine = engineOf(azure());
    expect(engine.version).toBe(`${engineOf({}).version}+azure-openai:eu`);
    expect(await engine.ask(unsure)).toMatchObject({ kind: "answer", confidence: 0.7 });
  });

  it("asks it only for a call that has a judge of its SQL", async () => {
    const { call: _, ...nobody } = unsure;
    expect((await engineOf(azure()).ask(nobody)).kind).toBe("abstain");
    expect(peer.requests).toEqual([]);
  });
});
