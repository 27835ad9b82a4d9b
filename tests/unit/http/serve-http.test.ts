/** The one way in: who, may they, what, once; and an answer that tells no more than it should. */
// covers: HTTP-02, HTTP-04, HTTP-08, KEY-03, KEY-04
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createAuthenticator } from "../../../shared/access/authenticate.ts";
import { createKey } from "../../../shared/access/manage-keys.ts";
import { createIdempotencyStore } from "../../../shared/adapters/metadata/idempotency-store.ts";
import { createKeyStore } from "../../../shared/adapters/metadata/key-store.ts";
import type { Role } from "../../../shared/contract/permissions.ts";
import type { Access, HttpDefinition, IdempotencyMode } from "../../../shared/http/definition.ts";
import { serveHttp } from "../../../shared/http/serve-http.ts";
import { AppError } from "../../../shared/kernel/app-error.ts";
import type { CallContext } from "../../../shared/kernel/context.ts";
import { manualClock, testContext } from "../../support/call-context.ts";
import { openEmbeddedMetadata, type TestDatabase } from "../../support/databases.ts";
import { type RequestParts, request } from "../../support/http-call.ts";

const clock = manualClock();
let database: TestDatabase;
let keys: Record<"viewer" | "admin", string>;
let calls: CallContext[] = [];
let answer: () => Promise<{ status?: number; body: unknown; headers?: Record<string, string> }>;

beforeAll(async () => {
  database = await openEmbeddedMetadata();
  const make = async (role: Role) =>
    (
      await createKey(
        {
          keys: createKeyStore(database.db),
          environment: "test",
          authenticator: { forget: () => undefined },
        },
        {
          owner: role,
          permissions: [],
          roles: [role],
          sources: null,
          attributes: {},
          expiresInDays: null,
        },
        { ...testContext().ctx, now: clock.now() },
      )
    ).key;
  keys = { viewer: await make("viewer"), admin: await make("admin") };
});
afterAll(() => database?.close());
beforeEach(() => {
  calls = [];
  answer = async () => ({ body: { n: calls.length } });
});

const definition = (access: Access, idempotency: IdempotencyMode = "none", name = "make-thing") =>
  ({
    kind: "http",
    name,
    method: "POST",
    route: "things/{id}",
    summary: "",
    tag: "",
    access,
    input: { path: z.strictObject({ id: z.string().optional() }), body: z.looseObject({}) },
    output: null,
    idempotency,
    handle: async (_deps: object, _input: unknown, ctx: CallContext) => {
      calls.push(ctx);
      return answer();
    },
  }) as unknown as HttpDefinition<object>;

async function call(one: HttpDefinition<object>, parts: RequestParts = {}) {
  const { ctx, lines } = testContext();
  const open = async () => ({
    deps: {},
    authenticator: createAuthenticator({
      keys: createKeyStore(database.db),
      environment: "test",
      noteUse: () => undefined,
    }),
    idempotency: createIdempotencyStore(database.db),
  });
  const reply = await serveHttp(one, { clock, open }, request(parts), ctx);
  return { reply, lines, json: () => JSON.parse(String(reply.body ?? "null")) };
}
const as = (key: string, more: Record<string, string> = {}) => ({
  headers: { "x-api-key": key, ...more },
});
const WRITE = { permission: "models:write" } as const;

describe("who", () => {
  it("is nobody: 401 with the way to sign in, and the handler never runs", async () => {
    const other = keys.admin.slice(0, -1) + (keys.admin.endsWith("a") ? "b" : "a");
    const attempts: Record<string, string>[] = [
      {},
      { "x-api-key": "" },
      { "x-api-key": "x".repeat(9_000) },
      { "x-api-key": other },
      { authorization: keys.admin },
      { authorization: `Basic ${keys.admin}` },
      { authorization: `Bearer ${keys.admin}, Bearer ${keys.viewer}` },
      { "x-api-key": keys.admin, authorization: `Bearer ${keys.viewer}` },
      { "x-api-key": keys.viewer, authorization: `Bearer ${keys.admin}` },
    ];
    for (const headers of attempts) {
      const { reply, json } = await call(definition("authenticated"), { headers });
      expect([reply.status, json().code]).toEqual([401, "unauthenticated"]);
      expect(reply.headers["www-authenticate"]).toMatch(/^Bearer/);
    }
    expect(calls).toEqual([]);
  });

  it("gets the same answer for an unknown, a malformed and a missing key", async () => {
    const bodies = await Promise.all(
      [{}, { "x-api-key": "nonsense" }].map(async (headers) => {
        const { json } = await call(definition("authenticated"), { headers });
        return { ...json(), instance: "" };
      }),
    );
    expect(bodies[0]).toEqual(bodies[1]);
  });

  it("is somebody by either header, or by both when they agree", async () => {
    for (const headers of [
      { "x-api-key": keys.viewer },
      { authorization: `Bearer ${keys.viewer}` },
      { authorization: `bearer  ${keys.viewer}`, "x-api-key": keys.viewer },
    ])
      expect((await call(definition("authenticated"), { headers })).reply.status).toBe(200);
    expect(calls[0]?.principal.owner).toBe("viewer");
  });

  it("lacks the permission: 403 that names it, before the body is looked at", async () => {
    const { reply, json } = await call(definition(WRITE), { ...as(keys.viewer), body: "not json" });
    expect([reply.status, json().code]).toEqual([403, "forbidden"]);
    expect(json().detail).toContain("models:write");
    expect((await call(definition(WRITE), as(keys.admin))).reply.status).toBe(200);
  });

  it("needs no key where the route is public, and has no permission there", async () => {
    await call(definition("public"), as(keys.admin));
    expect(calls[0]?.principal.permissions.size).toBe(0);
  });
});

describe("every answer", () => {
  it("carries a request id: the caller's when it is one, ours when not, and the handler knows it", async () => {
    const id = async (given?: string) => {
      const headers: Record<string, string> = given === undefined ? {} : { "x-request-id": given };
      return (await call(definition("public"), { headers })).reply.headers["x-request-id"];
    };
    expect(await id("my-request.1")).toBe("my-request.1");
    for (const bad of ["short", "a b c d e f g", "x".repeat(129), "line\nbreak1", "<script>aa"])
      expect(await id(bad)).toMatch(/^req_[0-9a-z]{26}$/);
    expect(calls[0]?.requestId).toBe("my-request.1");
  });

  it("is not to be sniffed or stored, unless the handler says otherwise", async () => {
    const { reply } = await call(definition("public"));
    expect(reply.headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "content-type": "application/json; charset=utf-8",
    });
    answer = async () => ({
      body: "text",
      headers: { "cache-control": "max-age=5", "content-type": "text/plain" },
    });
    expect((await call(definition("public"))).reply).toMatchObject({
      body: "text",
      headers: { "cache-control": "max-age=5", "content-type": "text/plain" },
    });
    answer = async () => ({ body: null });
    expect((await call(definition("public"))).reply).toMatchObject({ status: 204, body: null });
  });

  it("is a problem of RFC 9457 where something is wrong", async () => {
    const { reply, json } = await call(definition("public"), { body: "[1]" });
    expect(reply.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    expect(json()).toEqual({
      type: "/api/docs#request_invalid",
      title: "The request is not valid",
      status: 400,
      detail: expect.any(String),
      instance: reply.headers["x-request-id"],
      code: "request_invalid",
      errors: [{ pointer: "", message: expect.any(String) }],
    });
  });

  it.each([
    ["a body too large", { body: `"${"x".repeat(1_048_577)}"` }, 413],
    ["another content type", { headers: { "content-type": "text/xml" }, body: "<a/>" }, 415],
    ["no JSON", { body: "{" }, 400],
  ])("says %s by its status", async (_name, parts, status) => {
    expect((await call(definition("public"), parts)).reply.status).toBe(status);
  });

  it("passes on what an AppError says, with its headers, and keeps meta and cause for the log", async () => {
    answer = async () => {
      throw new AppError("source_unavailable", "The data source x cannot be reached.", {
        cause: new Error("password=hunter2"),
        meta: { source: "x" },
        retryAfterSeconds: 1.2,
        headers: { "x-extra": "1" },
      });
    };
    const { reply, lines, json } = await call(definition("public"));
    expect(reply.status).toBe(503);
    expect(reply.headers).toMatchObject({ "retry-after": "2", "x-extra": "1" });
    expect(JSON.stringify(json())).not.toContain("hunter2");
    expect(lines).toMatchObject([
      { level: "warn", fields: { code: "source_unavailable", source: "x" } },
    ]);
  });

  it("tells nothing of an error that nobody foresaw, and logs it as one", async () => {
    for (const thrown of [new Error("secret /etc/path"), "secret text", null, { secret: 1 }]) {
      answer = async () => {
        throw thrown;
      };
      const { reply, lines, json } = await call(definition("public"));
      expect(reply.status).toBe(500);
      expect(String(reply.body)).not.toMatch(/secret|etc/);
      expect(json().code).toBe("internal");
      expect(lines).toMatchObject([{ level: "error", fields: { code: "internal" } }]);
    }
  });

  it("logs no mistake of a caller", async () => {
    expect((await call(definition("authenticated"))).lines).toEqual([]);
  });
});

describe("an Idempotency-Key", () => {
  let n = 0;
  const key = () => `key-${n++}`;
  const send = (mode: IdempotencyMode, id: string, parts: RequestParts = {}) =>
    call(definition("authenticated", mode), {
      ...parts,
      ...as(keys.admin, { "idempotency-key": id, ...parts.headers }),
    });

  it("gives the first answer to every repeat, and the handler runs once", async () => {
    answer = async () => ({
      status: 201,
      body: { made: calls.length },
      headers: { location: "/x" },
    });
    const id = key();
    const first = await send("replay", id);
    const again = await send("replay", id);
    expect(calls).toHaveLength(1);
    expect(again.reply).toMatchObject({ status: 201, body: first.reply.body });
    expect(again.reply.headers).toMatchObject({ location: "/x", "idempotency-replayed": "true" });
    expect(again.reply.headers["x-request-id"]).not.toBe(first.reply.headers["x-request-id"]);
    expect(first.reply.headers["idempotency-replayed"]).toBeUndefined();
  });

  it("lets one of 10 at the same time run and tells the others to wait", async () => {
    const gate = Promise.withResolvers<void>();
    answer = async () => {
      await gate.promise;
      return { body: {} };
    };
    const id = key();
    const ended: number[] = [];
    const all = Array.from({ length: 10 }, async () => {
      const { reply } = await send("replay", id);
      ended.push(reply.status);
      if (ended.length === 9) gate.resolve();
    });
    await Promise.all(all);
    expect(ended.sort()).toEqual([200, ...Array(9).fill(409)]);
    expect(calls).toHaveLength(1);
  });

  it("refuses another body, another resource and another query with the same key", async () => {
    const id = key();
    const url = "http://host/api/things/a";
    await send("replay", id, { url, body: '{"a":1}' });
    const others: RequestParts[] = [
      { url, body: '{"a":2}' },
      { url: "http://host/api/things/b", body: '{"a":1}' },
      { url: `${url}?x=1`, body: '{"a":1}' },
    ];
    for (const parts of others) {
      const { reply, json } = await call(
        {
          ...definition("authenticated", "replay"),
          input: { body: z.looseObject({}), query: z.looseObject({}) },
        } as HttpDefinition<object>,
        { ...parts, ...as(keys.admin, { "idempotency-key": id }) },
      );
      expect([reply.status, json().code]).toEqual([422, "idempotency_reused"]);
    }
    expect(calls).toHaveLength(1);
  });

  it("belongs to its caller and its route", async () => {
    const id = key();
    await send("replay", id);
    await call(definition("authenticated", "replay"), as(keys.viewer, { "idempotency-key": id }));
    await call(
      definition("authenticated", "replay", "other-route"),
      as(keys.admin, { "idempotency-key": id }),
    );
    expect(calls).toHaveLength(3);
  });

  it("is free again after a failure", async () => {
    const id = key();
    const fine = answer;
    answer = async () => {
      throw new AppError("model_not_found", "no");
    };
    expect((await send("replay", id)).reply.status).toBe(404);
    answer = fine;
    expect((await send("replay", id)).reply.status).toBe(200);
  });

  it("in the mode `secret` is a conflict afterwards, and no secret is stored", async () => {
    const id = key();
    answer = async () => ({ body: { key: "shown-once-canary" } });
    await send("secret", id);
    const again = await send("secret", id);
    expect(again.json().code).toBe("idempotency_secret");
    const stored = await database.db.selectFrom("idempotency").selectAll().execute();
    expect(JSON.stringify(stored)).not.toContain("canary");
  });

  it("in the mode `check` runs again, in the mode `none` is not looked at", async () => {
    const id = key();
    for (const mode of ["check", "check", "none"] as const) await send(mode, id);
    expect(calls).toHaveLength(3);
    expect((await send("check", id, { body: '{"b":1}' })).json().code).toBe("idempotency_reused");
  });

  it.each(["", "a b", "ü", "x".repeat(256)])("that reads '%s' is refused", async (id) => {
    const { json } = await send("replay", id);
    expect(json().errors).toEqual([
      { pointer: "/header/idempotency-key", message: expect.any(String) },
    ]);
  });
});
