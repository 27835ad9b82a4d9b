/** What the LanguageModel port promises, in each form in which a provider is called, against a server that checks the call. */
// covers: LLM-01
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTokenSource } from "../../shared/adapters/entra/access-token.ts";
import type { ModelPlace } from "../../shared/adapters/openai/endpoint.ts";
import { createLanguageModel } from "../../shared/adapters/openai/language-model.ts";
import { createOutboundHttp } from "../../shared/adapters/outbound/outbound-http.ts";
import type { LanguageModel } from "../../shared/ask/llm-ports.ts";
import { type IdentityEndpoint, startIdentityEndpoint } from "../support/identity-endpoint.ts";
import { type ModelPeer, type PeerForm, startModelPeer } from "../support/model-peer.ts";

const SCOPE = "https://cognitiveservices.azure.com/.default";
const DATED = "/openai/deployments/sql%40eu/chat/completions?api-version=2024-10-21";
let identity: IdentityEndpoint;
beforeAll(async () => {
  identity = await startIdentityEndpoint();
  identity.give({ value: "entra-token", lifetimeSeconds: 3_600 });
  Object.assign(process.env, identity.env);
});
afterAll(() => identity.close());

interface Form {
  readonly name: string;
  readonly peer: PeerForm;
  place(url: string): ModelPlace;
}
/** As an identity of its own: the library keeps the tokens of each for the whole process. */
const managed = () => ({ token: createTokenSource(randomUUID(), SCOPE) });

const forms: readonly Form[] = [
  {
    name: "OpenAI with a key",
    peer: {
      path: "/v1/chat/completions",
      credential: ["authorization", "Bearer sk-1"],
      model: "gpt-x",
    },
    place: (url) => ({
      provider: "openai",
      baseUrl: `${url}/v1/`,
      model: "gpt-x",
      apiKey: "sk-1",
    }),
  },
  {
    name: "a server of one's own without a key",
    peer: { path: "/v1/chat/completions", credential: null, model: "qwen3:8b" },
    place: (url) => ({ provider: "openai", baseUrl: `${url}/v1`, model: "qwen3:8b" }),
  },
  {
    name: "Azure's v1 API with a key",
    peer: { path: "/openai/v1/chat/completions", credential: ["api-key", "az-1"], model: "sql@eu" },
    place: (url) => ({
      provider: "azure-openai",
      baseUrl: `${url}/`,
      model: "sql@eu",
      credential: { apiKey: "az-1" },
    }),
  },
  {
    name: "Azure's v1 API with a managed identity",
    peer: {
      path: "/openai/v1/chat/completions",
      credential: ["authorization", "Bearer entra-token"],
      model: "sql@eu",
    },
    place: (url) => ({
      provider: "azure-openai",
      baseUrl: `${url}/openai/v1/`,
      model: "sql@eu",
      credential: managed(),
    }),
  },
  {
    name: "Azure's dated API with a key",
    peer: { path: DATED, credential: ["api-key", "az-1"], model: null },
    place: (url) => ({
      provider: "azure-openai",
      baseUrl: url,
      model: "sql@eu",
      apiVersion: "2024-10-21",
      credential: { apiKey: "az-1" },
    }),
  },
  {
    name: "Azure's dated API with a managed identity",
    peer: { path: DATED, credential: ["authorization", "Bearer entra-token"], model: null },
    place: (url) => ({
      provider: "azure-openai",
      baseUrl: url,
      model: "sql@eu",
      apiVersion: "2024-10-21",
      credential: managed(),
    }),
  },
];

const loopback = createOutboundHttp({ allow: ["127.0.0.0/8"] });
const request = {
  messages: [
    { role: "system", content: "Answer in JSON." },
    { role: "user", content: "{}" },
  ] as const,
  maxOutputTokens: 321,
  timeoutMs: 5_000,
};

describe.each(forms)("$name", ({ peer: form, place }) => {
  let peer: ModelPeer;
  let model: LanguageModel;
  const ask = (part: Partial<typeof request> = {}, signal = new AbortController().signal) =>
    model.complete({ ...request, ...part }, signal);
  beforeEach(async () => {
    peer = await startModelPeer(form);
    model = createLanguageModel(place(peer.url), loopback);
  });
  afterEach(() => peer.close());

  it("is given the messages at temperature 0 with a limit and asked for JSON, and gives text and tokens", async () => {
    peer.answer('{"a":1}');
    expect(await ask()).toEqual({
      kind: "text",
      text: '{"a":1}',
      usage: { promptTokens: 900, completionTokens: 100 },
    });
    expect(peer.requests[0]?.body).toEqual({
      ...(form.model !== null && { model: form.model }),
      messages: request.messages,
      max_tokens: 321,
      temperature: 0,
      response_format: { type: "json_object" },
    });
  });

  it("learns once what a newer model takes, and keeps the limit", async () => {
    peer.refuse("max_tokens", "temperature", "response_format");
    peer.answer("{}");
    expect(await ask()).toMatchObject({ kind: "text" });
    const [body] = peer.requests.map((one) => one.body);
    expect(body).toMatchObject({ max_completion_tokens: 321 });
    expect(Object.keys(body ?? {})).not.toContain("temperature");
    expect(await ask()).toMatchObject({ kind: "text" });
    expect(peer.requests[1]?.body).toEqual(body);
  });

  it.each([
    ["a refusal", { content: null, refusal: "I cannot help with that." }],
    ["a filtered answer", { content: "{", finishReason: "content_filter" }],
    ["a filtered prompt", { status: 400, body: '{"error":{"code":"content_filter"}}' }],
    ["an empty answer", { content: "" }],
  ])("says that the model declined: %s", async (_, answer) => {
    peer.answer(answer);
    expect(await ask()).toMatchObject({ kind: "declined" });
  });

  it.each([
    [401, "unauthorised"],
    [403, "unauthorised"],
    [404, "bad_request"],
    [429, "rate_limited"],
    [500, "provider_error"],
    [503, "provider_error"],
    [302, "bad_response"],
  ])("says what a status %i means, and that nothing was used", async (status, reason) => {
    peer.answer({ status, body: "canary", headers: { "retry-after": "7", location: "/x" } });
    const completion = await ask();
    expect(completion).toEqual({
      kind: "failed",
      reason,
      detail: `status ${status}`,
      billed: false,
      retryAfterSeconds: 7,
    });
    expect(peer.requests).toHaveLength(1);
  });

  it.each([
    ["text that is not JSON", { body: "hello" }],
    ["JSON cut short", { body: '{"choices":[{"message":{"content":"{' }],
    ["JSON of another shape", { body: '{"choices":[]}' }],
    ["a page of HTML", { body: "<html>", headers: { "content-type": "text/html" } }],
    ["an answer of 1 MB", { content: "x".repeat(1_048_576) }],
  ])(
    "takes nothing for an answer that is none, and knows that it may cost: %s",
    async (_, answer) => {
      peer.answer(answer);
      expect(await ask()).toMatchObject({ kind: "failed", reason: "bad_response", billed: true });
    },
  );

  it("says that nobody told what it took", async () => {
    peer.answer({ content: "{}", usage: null });
    expect(await ask()).toEqual({ kind: "text", text: "{}", usage: null });
  });

  it("waits no longer than it was told", async () => {
    peer.answer("hang");
    expect(await ask({ timeoutMs: 100 })).toMatchObject({ reason: "timeout", billed: true });
  });

  it("is not there: a connection cut may have cost, one never made did not", async () => {
    peer.answer("reset");
    expect(await ask()).toMatchObject({ reason: "unreachable", billed: true });
    const gone = createLanguageModel(place("http://127.0.0.1:1025"), loopback);
    expect(await gone.complete(request, new AbortController().signal)).toMatchObject({
      reason: "unreachable",
      billed: false,
    });
  });

  it("stops when the caller leaves, with the caller's reason", async () => {
    peer.answer("hang");
    const caller = new AbortController();
    const asking = ask({}, caller.signal);
    await peer.asked();
    caller.abort(new Error("gone"));
    await expect(asking).rejects.toThrow("gone");
  });

  it("is not called on a private address that the operator did not allow", async () => {
    const guarded = createLanguageModel(place(peer.url), createOutboundHttp({ allow: [] }));
    expect(await guarded.complete(request, new AbortController().signal)).toMatchObject({
      reason: "not_allowed",
      billed: false,
    });
    expect(peer.requests).toEqual([]);
  });
});

describe("a managed identity", () => {
  it("asks for a token of Azure's AI services, as the identity that was named", async () => {
    const clientId = randomUUID();
    await createTokenSource(clientId, SCOPE)();
    expect(identity.requests.at(-1)).toEqual({
      resource: "https://cognitiveservices.azure.com",
      clientId,
      authorised: true,
    });
  });

  it("without a token leaves the model alone", async () => {
    const form = forms[3];
    if (form === undefined) throw new Error("there is no such form");
    const peer = await startModelPeer(form.peer);
    const model = createLanguageModel(form.place(peer.url), loopback);
    identity.give(null);
    expect(await model.complete(request, new AbortController().signal)).toMatchObject({
      kind: "failed",
      reason: "unauthorised",
    });
    expect(peer.requests).toEqual([]);
    identity.give({ value: "entra-token", lifetimeSeconds: 3_600 });
    await peer.close();
  });
});
