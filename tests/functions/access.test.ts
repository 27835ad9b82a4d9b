/** Who may do what over the real routes, and that odd names and ids are a clear answer instead of a failure. */
// covers: KEY-13, KEY-02, KEY-08, QRY-06, QRY-13, SRC-02
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Platform, startPlatform } from "../support/platform.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
  for (const timeout of [30, 31])
    await platform.call("POST", "models/register", { model_id: "lab", backend: "local", timeout });
});
afterAll(() => platform.stop());

async function keyOf(
  grant: Record<string, unknown>,
): Promise<{ id: string; headers: { "x-api-key": string } }> {
  const made = await platform.call("POST", "keys", { owner: "test", ...grant });
  expect(made.status, made.text).toBe(201);
  return { id: made.body.key_id, headers: { "x-api-key": made.body.key } };
}

test("every route but the public ones refuses a caller without a key", async () => {
  const document = (await platform.call("GET", "openapi.json", undefined, { "x-api-key": "" }))
    .body;
  const open: string[] = [];
  for (const [path, methods] of Object.entries(
    document.paths as Record<string, Record<string, unknown>>,
  )) {
    for (const method of Object.keys(methods)) {
      const body = method === "get" || method === "delete" ? undefined : {};
      const answer = await platform.call(
        method.toUpperCase(),
        path.slice(1).replace(/\{\w+\}/g, "1"),
        body,
        { "x-api-key": "" },
      );
      if (answer.status !== 401) open.push(path);
    }
  }
  expect([...new Set(open)].sort()).toEqual([
    "/dashboard",
    "/dashboard/dashboard.css",
    "/dashboard/dashboard.js",
    "/health/live",
    "/health/ready",
  ]);
});

test("of two credentials under one name neither counts, whichever comes first", async () => {
  const statusOf = (lines: readonly string[]) =>
    new Promise<number>((resolve, reject) => {
      const { hostname, port } = new URL(platform.host.url);
      const socket = connect(Number(port), hostname);
      let text = "";
      socket.on("data", (chunk) => (text += chunk));
      socket.on("error", reject);
      socket.on("end", () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])));
      const head = ["GET /api/models HTTP/1.1", `host: ${hostname}`, "connection: close", ...lines];
      socket.write(`${head.join("\r\n")}\r\n\r\n`);
    });
  const right = `authorization: Bearer ${platform.adminKey}`;
  const other = "authorization: Bearer mcp_local_another";
  expect(await statusOf([right])).toBe(200);
  expect(await statusOf([right, other])).toBe(401);
  expect(await statusOf([other, right])).toBe(401);
  expect(await statusOf([`x-api-key: ${platform.adminKey}`, "x-api-key: another"])).toBe(401);
  expect(await statusOf([`x-api-key: ${platform.adminKey}`, other])).toBe(401);
});

test("a key does what it was granted and nothing else, and is refused at once when revoked", async () => {
  const viewer = await keyOf({ roles: ["viewer"] });
  expect((await platform.call("GET", "models", undefined, viewer.headers)).status).toBe(200);
  const refused = await platform.call("POST", "query", { sql: "select 1" }, viewer.headers);
  expect(refused).toMatchObject({
    status: 403,
    body: { code: "forbidden", detail: "This needs the permission query:run." },
  });
  expect((await platform.call("DELETE", `keys/${viewer.id}`)).status).toBe(204);
  expect((await platform.call("GET", "models", undefined, viewer.headers)).status).toBe(401);
});

test("a key's own limits bound its queries, share no cached answer with others, and cannot be shaken off", async () => {
  const rows = {
    sql: "select order_id from orders order by order_id",
    source: "demo",
    max_rows: 9,
  };
  const count = async (headers?: Record<string, string>) => {
    const { body } = await platform.call("POST", "query", rows, headers);
    return [body.row_count, body.truncated];
  };
  const limits = { max_rows: 3, timeout_ms: 20_000 };
  const small = await keyOf({ permissions: ["query:run", "keys:write"], limits });
  expect(await count()).toEqual([9, true]);
  expect(await count(small.headers)).toEqual([3, true]);
  expect(await count(small.headers)).toEqual([3, true]);
  expect(await count()).toEqual([9, true]);
  const bytes = await keyOf({ permissions: ["query:run"], limits: { max_bytes: 1_024 } });
  const wide = { sql: "select repeat('x', 600) from generate_series(1, 5) n", source: "demo" };
  expect((await platform.call("POST", "query", wide)).body.row_count).toBe(5);
  expect((await platform.call("POST", "query", wide, bytes.headers)).body).toMatchObject({
    row_count: 1,
    truncated: true,
  });
  const make = (part: object) =>
    platform.call(
      "POST",
      "keys",
      { owner: "o", permissions: ["query:run"], ...part },
      small.headers,
    );
  for (const part of [{}, { limits: { max_rows: 4, timeout_ms: 1 } }, { limits: { max_rows: 1 } }])
    expect((await make(part)).body.code).toBe("forbidden");
  expect((await make({ limits: { max_rows: 2, timeout_ms: 20_000 } })).status).toBe(201);
});

test("a key limited to other sources sees none of demo, and cannot remove its examples", async () => {
  const narrow = await keyOf({
    permissions: ["query:run", "query:teach", "sources:read"],
    sources: ["other"],
  });
  expect((await platform.call("GET", "sources", undefined, narrow.headers)).body.items).toEqual([]);
  for (const [method, path, body] of [
    ["POST", "query", { sql: "select 1", source: "demo" }],
    ["GET", "sources/demo/schema", undefined],
    ["GET", "query/examples?source=demo", undefined],
  ] as const) {
    expect(await platform.call(method, path, body, narrow.headers)).toMatchObject({
      status: 404,
      body: { code: "source_not_found" },
    });
  }
  const missing = await platform.call(
    "POST",
    "query",
    { sql: "select 1", source: "nowhere" },
    narrow.headers,
  );
  expect(missing.body.detail).toBe("There is no data source nowhere.");
  const example = await platform.call("POST", "query/examples", {
    source: "demo",
    question: "all teams at once",
    sql: "select name from teams",
  });
  expect(
    (
      await platform.call(
        "DELETE",
        `query/examples/${example.body.example_id}`,
        undefined,
        narrow.headers,
      )
    ).status,
  ).toBe(404);
  expect((await platform.call("DELETE", `query/examples/${example.body.example_id}`)).status).toBe(
    204,
  );
});

test("a taught example answers its question at once, with its slot bound as a parameter", async () => {
  await platform.call("POST", "query/examples", {
    source: "demo",
    question: "priciest {n:int} products",
    sql: "select name, unit_price from products order by unit_price desc, name limit $1",
  });
  const { body } = await platform.call("POST", "query", { question: "Priciest 3 products" });
  expect(body).toMatchObject({ kind: "answer", provenance: "verified", params: [3], row_count: 3 });
  const bad = await platform.call("POST", "query/examples", {
    source: "demo",
    question: "x {n:int}",
    sql: "select no_such from products limit $1",
  });
  expect(bad.status).toBe(400);
});

test("the same Idempotency-Key on another resource is another request or a conflict, never a replay", async () => {
  for (const id of ["idem-a", "idem-b"]) {
    for (const timeout of [30, 31])
      await platform.call("POST", "models/register", { model_id: id, backend: "local", timeout });
    for (const version of [1, 2])
      await platform.call("PUT", `models/${id}/labels/prod`, { version, reason: "test" });
  }
  const headers = { "idempotency-key": "k1" };
  const first = await platform.call("POST", "models/idem-a/rollback", { label: "prod" }, headers);
  expect(first.body).toMatchObject({ version: 1 });
  const again = await platform.call("POST", "models/idem-a/rollback", { label: "prod" }, headers);
  expect(again.body).toEqual(first.body);
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  const other = await platform.call("POST", "models/idem-b/rollback", { label: "prod" }, headers);
  expect(other.headers.get("idempotency-replayed")).toBeNull();
  const labels = (await platform.call("GET", "models/idem-b/labels")).body.items;
  expect(labels[0].version).toBe(other.status === 200 ? 1 : 2);
});

describe.each(["constructor", "toString", "hasOwnProperty", "latest"])(
  "a label named %s",
  (label) => {
    test("is a label like any other", async () => {
      expect((await platform.call("GET", `models/lab@${label}`)).status).toBe(404);
      expect(
        (await platform.call("PUT", `models/lab/labels/${label}`, { version: 1, reason: "odd" }))
          .body,
      ).toMatchObject({ label, version: 1 });
      expect((await platform.call("GET", `models/lab@${label}`)).body.version).toBe(1);
    });
  },
);

test.each([
  ["GET", "models?cursor=%00"],
  ["GET", "keys?cursor=%00"],
  ["GET", "query/history?cursor=%00"],
  ["GET", "alerts/incidents?cursor=%00"],
  ["GET", "models/lab/versions?cursor=-99999999999"],
  ["GET", "models/lab/versions?cursor=abc"],
  ["GET", "models/lab?at=0000-01-01T00:00:00Z"],
  ["DELETE", "keys/%00"],
  ["POST", "keys/%00/rotate"],
  ["DELETE", "query/examples/%00"],
])("%s %s is a bad request", async (method, path) => {
  const answer = await platform.call(method, path, method === "POST" ? {} : undefined);
  expect(answer).toMatchObject({ status: 400, body: { code: "request_invalid" } });
});

test.each(["/tmp", "./socket", "a b", "http://x", "user@host"])(
  "the source host %s is refused",
  async (host) => {
    const config = { host, database: "postgres", ssl: "disable" };
    const answer = await platform.call("POST", "sources", {
      source_id: "s",
      type: "postgres",
      config,
      credentials: { user: "u", password: "p" },
    });
    expect(answer).toMatchObject({
      status: 400,
      body: { code: "request_invalid", errors: [{ pointer: "/config/host" }] },
    });
  },
);

test("health names what it looked at, with evidence for each", async () => {
  // The sample database takes seconds to start on a busy machine, and a check waits for three.
  await platform.call("POST", "query", { sql: "select 1", source: "demo" });
  const { body } = await platform.call("GET", "health");
  expect(body.components.map((one: { name: string }) => one.name)).toEqual([
    "metadata database",
    "queues",
    "exports",
    "alert channels",
    "dead letters",
    "source demo",
    "registered sources",
  ]);
  expect(
    body.components.every(
      (one: { status: string; evidence: string }) =>
        one.status === "healthy" && one.evidence.length > 0,
    ),
  ).toBe(true);
});
