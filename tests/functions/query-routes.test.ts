/** What the routes around the query path promise: doubt, refusals, plans, cache directives, lists, schema, dashboard. */
// covers: SRC-15, SRC-16, QRY-03, QRY-04, QRY-05, QRY-10, QRY-11, CACHE-07, SRC-02, SRC-04, HTTP-07, HTTP-09, KEY-05, REG-12, HEALTH-02, OPS-04
import { afterAll, beforeAll, expect, test } from "vitest";
import { createServerDatabase, postgresUrl } from "../support/databases.ts";
import { type Platform, startPlatform } from "../support/platform.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.stop());

const sql = (text: string, headers: Record<string, string> = {}) =>
  platform.call("POST", "query", { sql: text }, headers);

test("an unanswerable question is 200 without rows and says why", async () => {
  const answer = await platform.call("POST", "query", { question: "how many unicorns are there" });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    kind: "abstain",
    reason: expect.stringContaining("unicorns"),
  });
  expect(answer.body).not.toHaveProperty("rows");
});

test("a question with two readings comes back with options that run", async () => {
  // Two keys lead from incidents to employees, and the question names neither.
  const answer = await platform.call("POST", "query", {
    question: "number of incidents for each employee name",
  });
  expect(answer.status).toBe(200);
  expect(answer.body.kind).toBe("clarify");
  expect(answer.body.options.length).toBeGreaterThanOrEqual(2);
  const { options } = answer.body;
  expect(new Set(options.map((one: { sql: string }) => one.sql)).size).toBe(options.length);
  for (const { sql: text, params, preview } of options) {
    const picked = await platform.call("POST", "query", { sql: text, params, source: "demo" });
    expect(picked.body).toMatchObject({ kind: "answer", row_count: preview.row_count });
    expect(Object.values(picked.body.rows[0] ?? {})).toEqual(preview.first_row ?? []);
  }
});

test("a refused statement is 422 with every reason", async () => {
  const answer = await sql("select pg_sleep(1), pg_read_file('/etc/passwd') from pg_authid");
  expect(answer).toMatchObject({ status: 422, body: { code: "sql_refused" } });
  const reasons = answer.body.errors.map((one: { message: string }) => one.message).join("\n");
  for (const name of ["pg_sleep", "pg_read_file", "pg_authid"]) expect(reasons).toContain(name);
});

test("a syntax error is 400 with its line and column", async () => {
  const answer = await sql("select 1\nfrom jobs\nwhere where");
  expect(answer).toMatchObject({ status: 400, body: { code: "sql_syntax" } });
  expect(answer.body.detail).toMatch(/^Line 3, column 7: /);
});

test("the cache directives are honoured", async () => {
  const text = "select count(*) from tickets";
  const status = async (directive: string) =>
    (await sql(text, { "cache-control": directive })).body.cache?.status;
  expect(await sql(text, { "cache-control": "only-if-cached" })).toMatchObject({
    status: 504,
    body: { code: "cache_miss" },
  });
  expect(await status("no-store")).toBe("bypass");
  expect(await sql(text, { "cache-control": "only-if-cached" })).toMatchObject({ status: 504 });
  expect(await status("no-cache")).toBe("miss");
  expect(await status("only-if-cached")).toBe("hit");
  expect((await sql(text, { "cache-control": "only-if-cached, no-store" })).status).toBe(400);
});

test.each([
  "select now()",
  "select random()",
  "select current_user",
  "select count(*) from jobs where scheduled_for > now()",
])("%s is never cached", async (text) => {
  for (let i = 0; i < 2; i++) expect((await sql(text)).body.cache.status).toBe("bypass");
});

test("a parameter that means a moving time is never cached", async () => {
  const body = {
    sql: "select count(*) from jobs where scheduled_for > $1::timestamptz",
    params: ["yesterday"],
  };
  for (let i = 0; i < 2; i++)
    expect((await platform.call("POST", "query", body)).body.cache.status).toBe("bypass");
});

test("explain gives the plan and the tables, and refuses a write as the query does", async () => {
  const plan = await platform.call("POST", "query/explain", {
    sql: "select * from jobs where job_id = $1",
    params: [1],
  });
  expect(plan.body).toMatchObject({ source: "demo", tables: ["jobs"] });
  expect(JSON.stringify(plan.body.plan)).toContain("Node Type");
  expect(await platform.call("POST", "query/explain", { sql: "delete from jobs" })).toMatchObject({
    status: 422,
  });
});

test("an unknown route is 404 and a wrong method 405 with Allow, both as problems", async () => {
  expect(await platform.call("GET", "no/such")).toMatchObject({
    status: 404,
    body: { code: "route_not_found" },
  });
  const wrong = await platform.call("GET", "cache/invalidate");
  expect(wrong).toMatchObject({ status: 405, body: { code: "method_not_allowed" } });
  expect(wrong.headers.get("allow")).toBe("POST");
});

test("a list is walked page by page without a gap or a repeat", async () => {
  for (const id of ["p1", "p2", "p3", "p4", "p5"])
    await platform.call("POST", "models/register", { model_id: id, backend: "local" });
  const seen: string[] = [];
  let cursor = "";
  do {
    const { body } = await platform.call("GET", `models?limit=2${cursor}`);
    expect(body.items.length).toBeLessThanOrEqual(2);
    seen.push(...body.items.map((one: { model_id: string }) => one.model_id));
    cursor = body.nextCursor === null ? "" : `&cursor=${encodeURIComponent(body.nextCursor)}`;
  } while (cursor !== "");
  expect(seen).toEqual(["p1", "p2", "p3", "p4", "p5"]);
});

test("keys and their use are told without a secret", async () => {
  const made = (
    await platform.call("POST", "keys", { owner: "ci", roles: ["analyst"], expires_in_days: 2 })
  ).body;
  const headers = { "x-api-key": made.key };
  await platform.call("GET", "models", undefined, headers);
  const info = await platform.call("GET", "keys/info", undefined, headers);
  expect(info.body).toMatchObject({
    key_id: made.key_id,
    owner: "ci",
    roles: ["analyst"],
    is_active: true,
    usage_count: 2,
  });
  expect(info.body.last_used).not.toBeNull();
  const list = await platform.call("GET", "keys");
  expect(list.body.items.map((one: { key_id: string }) => one.key_id)).toContain(made.key_id);
  for (const text of [info.text, list.text]) {
    expect(text).not.toContain(made.key);
    expect(text).not.toContain("hash");
  }
});

test("a schema that is no JSON Schema is refused at registration, with its pointer", async () => {
  const config = { model_id: "s", backend: "local", input_schema: { type: "no-such-type" } };
  const answer = await platform.call("POST", "models/register", config);
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: "/input_schema" }] } });
  expect(
    (
      await platform.call("POST", "models/register", {
        ...config,
        input_schema: { type: "object" },
      })
    ).status,
  ).toBe(201);
});

test("the schema is told by names, in summary and in full", async () => {
  const at = async (detail: string) =>
    (await platform.call("GET", `sources/demo/schema?detail=${detail}`)).body.tables.find(
      (one: { name: string }) => one.name === "jobs",
    );
  expect(await at("names")).toEqual({ name: "jobs" });
  expect((await at("summary")).columns).toContain("status");
  const full = await at("full");
  expect(full.columns.find((one: { name: string }) => one.name === "status")).toMatchObject({
    type: "text",
    values: expect.arrayContaining(["active", "failed"]),
  });
  expect(full.primary_key).toEqual(["job_id"]);
});

test.skipIf(postgresUrl === null)(
  "a registered PostgreSQL is queried, refreshed, kept apart from others, and removed",
  async () => {
    const database = await createServerDatabase();
    const { hostname: host, port, username: user, password, pathname } = new URL(database.url);
    const source = {
      source_id: "own",
      type: "postgres",
      config: {
        host,
        port: Number(port),
        database: pathname.slice(1),
        ssl: "disable",
        limits: { max_rows: 3, timeout_ms: 5_000 },
      },
      credentials: { user, password },
    };
    const made = await platform.call("POST", "sources", source);
    expect(made, made.text).toMatchObject({
      status: 201,
      body: { source_id: "own", builtin: false },
    });
    expect(made.text).not.toContain(password);
    expect(made.body.privileges[0]).toMatchObject({ severity: "danger", privilege: "superuser" });
    expect((await platform.call("POST", "sources", source)).body.code).toBe("source_exists");
    const many = { sql: "select n from generate_series(1, 9) n", source: "own", max_rows: 8 };
    expect((await platform.call("POST", "query", many)).body).toMatchObject({
      row_count: 3,
      truncated: true,
    });
    const own = { sql: "select 1 as one", source: "own" };
    expect((await platform.call("POST", "query", own)).body).toMatchObject({
      rows: [{ one: 1 }],
      cache: { status: "miss" },
    });
    expect(
      (await platform.call("POST", "query", { ...own, source: "demo" })).body.cache.status,
    ).toBe("miss");
    expect((await platform.call("POST", "query", own)).body.cache.status).toBe("hit");
    expect((await platform.call("POST", "sources/own/check", {})).body).toMatchObject({ ok: true });
    expect((await platform.call("POST", "sources/own/refresh", {})).body.tables).toEqual([]);
    expect((await platform.call("POST", "query", own)).body.cache).toMatchObject({
      status: "miss",
      reason: "invalidated",
    });
    expect((await platform.call("POST", "query", { sql: "select 1" })).body.code).toBe(
      "request_invalid",
    );
    const rotate = (credentials: unknown) =>
      platform.call("PUT", "sources/own/credentials", { credentials });
    expect((await rotate({ user })).body.errors[0].pointer).toBe("/credentials/password");
    expect((await rotate({ user, password: "wrong" })).body.detail).toContain("refused");
    const rotated = await rotate({ user, password });
    expect([rotated.status, rotated.body.ok]).toEqual([200, true]);
    expect(rotated.text).not.toContain(password);
    expect((await platform.call("POST", "query", own)).body.rows).toEqual([{ one: 1 }]);
    expect((await platform.call("DELETE", "sources/own")).status).toBe(204);
    expect((await platform.call("POST", "query", own)).body.code).toBe("source_not_found");
    expect((await platform.call("DELETE", "sources/demo")).body.code).toBe("source_builtin");
    const wrong = await platform.call("POST", "sources", {
      ...source,
      credentials: { user, password: "wrong" },
    });
    expect(wrong.body.detail).toContain("refused the credentials");
    await database.drop();
  },
);

test("live and ready answer anybody", async () => {
  for (const [path, status] of [
    ["health/live", "live"],
    ["health/ready", "ready"],
  ] as const) {
    expect(await platform.call("GET", path, undefined, { "x-api-key": "" })).toMatchObject({
      status: 200,
      body: { status },
    });
  }
});

test("the dashboard's files are served under a policy that lets nothing else in", async () => {
  const page = await platform.call("GET", "dashboard", undefined, { "x-api-key": "" });
  expect(page.headers.get("content-security-policy")).toContain(
    "default-src 'none'; script-src 'self'",
  );
  for (const [, path = ""] of page.text.matchAll(/(?:src|href)="(dashboard\/[^"]+)"/g)) {
    const file = await platform.call("GET", path, undefined, { "x-api-key": "" });
    expect(file.status).toBe(200);
    expect(file.text.length).toBeGreaterThan(1_000);
  }
  expect(page.text).not.toMatch(/<script(?![^>]*src=)|style="|https?:\/\//);
});
