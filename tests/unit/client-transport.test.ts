/** The SDK's transport: addresses, credentials, retries and errors, against a real server on loopback. */
// covers: SDK-01, SDK-02, HTTP-10
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClient, McpError, serverErrorCodes } from "../../client/src/index.ts";
import { apiBase, createTransport, route } from "../../client/src/transport.ts";
import { errorCatalogue } from "../../shared/kernel/error-catalogue.ts";
import { abstainAnswer, keyInfo, modelSummary, queryAnswer } from "../support/recorded-answers.ts";
import { problem, type RecordedApi, startRecordedApi } from "../support/recorded-api.ts";

let api: RecordedApi;
let waits: number[];

beforeEach(async () => {
  api = await startRecordedApi();
  waits = [];
});
afterEach(() => api.close());

const open = (more: object = {}) =>
  createClient({
    serverUrl: api.url,
    apiKey: "mcp_local_k",
    wait: async (ms) => void waits.push(ms),
    ...more,
  });

const failureOf = async (work: Promise<unknown>): Promise<McpError> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof McpError)) throw new Error(`not an McpError: ${error}`);
  return error;
};

const busy = (after: string) => ({
  ...problem(503, "overloaded", "Too busy."),
  headers: { "retry-after": after },
});

describe("addresses", () => {
  it("takes the server with or without /api and slashes", () => {
    for (const url of ["http://h:1", "http://h:1/", "http://h:1/api", "http://h:1/api/"])
      expect(apiBase(url)).toBe("http://h:1/api");
    expect(apiBase("https://h/gateway/api")).toBe("https://h/gateway/api");
  });

  it("refuses what is no http address", () => {
    for (const url of ["h:1", "ftp://h", ""]) expect(() => apiBase(url)).toThrow(TypeError);
  });

  it("escapes names, keeps the @ of versions, and lets no name leave its place", () => {
    expect(route`/models/${"a/b?c@2"}/status`).toBe("/models/a%2Fb%3Fc@2/status");
    for (const name of ["", ".", ".."]) expect(() => route`/models/${name}`).toThrow(McpError);
  });
});

describe("requests", () => {
  it("sends the key as X-API-Key, and JSON as JSON", async () => {
    api.on("POST /query", { body: queryAnswer });
    await open().query({ sql: "SELECT 1" }, { cacheControl: "no-cache" });
    expect(api.requests[0]).toMatchObject({
      path: "/api/query",
      headers: {
        "x-api-key": "mcp_local_k",
        "content-type": "application/json",
        "cache-control": "no-cache",
      },
      body: { sql: "SELECT 1" },
    });
  });

  it("makes creating calls safe to repeat with an Idempotency-Key, the caller's own if there is one", async () => {
    api.on("POST /keys", { status: 201, body: { ...keyInfo, key: "k" } });
    await open().createKey({ owner: "me", roles: ["viewer"] });
    await open().createKey({ owner: "me", roles: ["viewer"] }, { idempotencyKey: "mine" });
    expect(api.requests.map((request) => request.headers["idempotency-key"])).toEqual([
      expect.stringMatching(/^[0-9a-f-]{36}$/),
      "mine",
    ]);
  });

  it("refuses a key that no header can carry before anything is sent", async () => {
    expect(await failureOf(open({ apiKey: "a\nb" }).keyInfo())).toMatchObject({
      code: "unauthenticated",
      status: 401,
    });
    expect(api.requests).toEqual([]);
  });

  it("walks a list page by page, and gives single pages", async () => {
    const first = { items: [modelSummary], nextCursor: "c2" };
    const last = { items: [{ ...modelSummary, model_id: "b" }], nextCursor: null };
    api.on("GET /models", { body: first }, { body: last });
    const names: string[] = [];
    for await (const model of open().listModels({ limit: 1 })) names.push(model.model_id);
    expect(names).toEqual(["sales-forecaster", "b"]);
    expect(api.requests.map((request) => request.path)).toEqual([
      "/api/models?limit=1",
      "/api/models?limit=1&cursor=c2",
    ]);
    expect(await open().listModels().page("c2")).toEqual(last);
  });

  it("gives nothing for 204, and the kinds of doubt as values", async () => {
    api.on("DELETE /keys/key_1", { status: 204 });
    api.on("POST /query", { body: abstainAnswer });
    expect(await open().revokeKey("key_1")).toBeUndefined();
    expect(await open().query({ question: "weather?" })).toMatchObject({ kind: "abstain" });
  });
});

describe("retries", () => {
  it("waits as told and tries again, twice at most", async () => {
    api.on("GET /keys/info", busy("2"), busy("3"), { body: keyInfo });
    expect(await open().keyInfo()).toEqual(keyInfo);
    expect(waits).toEqual([2_000, 3_000]);
    api.on("GET /keys/info", busy("1"));
    expect(await failureOf(open().keyInfo())).toMatchObject({ status: 503, retryAfterSeconds: 1 });
    expect(api.requests).toHaveLength(6);
  });

  it("repeats a creating call with the same Idempotency-Key", async () => {
    api.on(
      "POST /query/examples",
      { ...problem(429, "rate_limited", "Slow down."), headers: { "retry-after": "1" } },
      { status: 201, body: {} },
    );
    await open().addExample({ question: "q", sql: "s" });
    expect(api.requests[0]?.headers["idempotency-key"]).toBe(
      api.requests[1]?.headers["idempotency-key"],
    );
  });

  it("does not repeat what could happen twice, unless the caller gives an Idempotency-Key", async () => {
    const transport = createTransport({ serverUrl: api.url, wait: async () => {} });
    const post = { method: "POST", path: "/anything" } as const;
    api.on("POST /anything", busy("1"));
    await failureOf(transport.send(post));
    expect(api.requests).toHaveLength(1);
    api.on("POST /anything", busy("1"), { body: {} });
    await transport.send(post, { idempotencyKey: "k" });
    expect(api.requests).toHaveLength(3);
  });

  it("keeps a rollback and a rotation from happening twice", async () => {
    api.on("POST /models/m/rollback", { body: {} });
    api.on("POST /keys/key_1/rotate", { status: 201, body: {} });
    await open().rollback("m", { label: "production" });
    await open().rotateKey("key_1", 60);
    for (const request of api.requests) expect(request.headers["idempotency-key"]).toBeDefined();
    expect(api.requests[1]?.body).toEqual({ grace_seconds: 60 });
  });

  it("does not repeat without Retry-After, after a long one, or for other failures", async () => {
    api.on("GET /keys/info", problem(503, "overloaded", "Too busy."));
    await failureOf(open().keyInfo());
    api.on("GET /keys/info", busy("31"));
    await failureOf(open().keyInfo());
    api.on("GET /keys/info", {
      ...problem(500, "internal", "Broken."),
      headers: { "retry-after": "1" },
    });
    await failureOf(open().keyInfo());
    expect(api.requests).toHaveLength(3);
    expect(waits).toEqual([]);
  });

  it("reads a Retry-After that is a date", async () => {
    api.on("GET /keys/info", busy(new Date(Date.now() - 5_000).toUTCString()), { body: keyInfo });
    await open().keyInfo();
    expect(waits).toEqual([0]);
  });
});

describe("errors", () => {
  it("carries the whole problem", async () => {
    const errors = [{ pointer: "/timeout", message: "too large" }];
    api.on("POST /models/register", problem(400, "request_invalid", "Wrong.", { errors }));
    const error = await failureOf(open().registerModel({ model_id: "m", backend: "custom" }));
    expect(error).toMatchObject({
      status: 400,
      code: "request_invalid",
      detail: "Wrong.",
      message: "Wrong.",
      errors,
      requestId: "req_01",
    });
  });

  it("tells a stranger's answer from the platform's", async () => {
    for (const answer of [
      { status: 200, body: "<html>", headers: { "content-type": "text/html" } },
      { status: 404, body: "nope" },
      { body: "{" },
      { status: 302, headers: { location: "http://other/" } },
    ]) {
      api.on("GET /keys/info", answer);
      expect((await failureOf(open().keyInfo())).code).toBe("not_the_platform");
    }
    // The redirect was not followed: it would have carried the key away.
    expect(api.requests).toHaveLength(4);
  });

  it("says when nobody answers, with the reason as cause", async () => {
    const { url } = api;
    await api.close();
    const error = await failureOf(createClient({ serverUrl: url }).ready());
    expect(error).toMatchObject({
      status: 0,
      code: "unreachable",
      detail: `${url} cannot be reached.`,
    });
    expect(error.cause).toBeInstanceOf(Error);
    api = await startRecordedApi();
  });

  it("says when an answer takes too long, and gives the caller's own reason when aborted", async () => {
    const never: typeof fetch = (_, init) =>
      new Promise((_resolve, reject) =>
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason)),
      );
    expect(await failureOf(open({ fetch: never, timeoutMs: 1 }).ready())).toMatchObject({
      code: "timed_out",
    });
    const reason = new Error("enough");
    await expect(open().ready({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("takes an unhealthy platform's 503 as the answer that it is", async () => {
    api.on("GET /health", {
      status: 503,
      body: { status: "unhealthy", components: [], models: [] },
    });
    expect(await open().health()).toMatchObject({ status: "unhealthy" });
  });

  it("knows every code of the server's catalogue", () => {
    expect([...serverErrorCodes].sort()).toEqual(Object.keys(errorCatalogue).sort());
  });
});
