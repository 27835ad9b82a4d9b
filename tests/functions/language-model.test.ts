/** The shipped bundle with a language model configured: one question from the route to the model, the source and back. */
// covers: LLM-01, LLM-02
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ModelPeer, reply, startModelPeer } from "../support/model-peer.ts";
import { type Platform, startPlatform } from "../support/platform.ts";

let peer: ModelPeer;
let platform: Platform;
beforeAll(async () => {
  peer = await startModelPeer({
    path: "/v1/chat/completions",
    credential: ["authorization", "Bearer sk-1"],
    model: "gpt-x",
  });
  platform = await startPlatform({
    LLM_PROVIDER: "openai",
    LLM_BASE_URL: `${peer.url}/v1`,
    LLM_MODEL: "gpt-x",
    LLM_API_KEY: "sk-1",
    OUTBOUND_ALLOW: "127.0.0.0/8",
  });
});
afterAll(async () => {
  await platform.stop();
  await peer.close();
});

const HARD = "how many unicorns are in the jobs";

test("a question that the engine cannot answer is answered with the model's SQL, said as what it is", async () => {
  peer.answer(reply("select count(*) as n from jobs where status = $1", { params: ["running"] }));
  const { status, body } = await platform.call("POST", "query", { question: HARD, explain: true });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    kind: "answer",
    provenance: "generated",
    confidence: 0.75,
    params: ["running"],
    restatement:
      'Written by a language model and checked by nobody: reads jobs; keeps rows where status = "running"',
    columns: [{ name: "n", type: "bigint" }],
    row_count: 1,
  });
  expect(peer.requests).toHaveLength(1);
});

test("a model that is away costs an answer, and no error", async () => {
  peer.answer({ status: 503 });
  const { status, body } = await platform.call("POST", "query", {
    question: "which unicorns graze by the mills of the moon",
  });
  expect(status).toBe(200);
  expect(body.kind).toBe("abstain");
  const warned = platform.log.filter(({ message }) => message.includes("no usable answer"));
  expect(warned).toHaveLength(1);
  expect(warned[0]?.message).not.toContain("unicorns");
});
