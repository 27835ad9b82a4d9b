/** A query that names the registered model it is made for: logged, counted, and otherwise a query like any other. */
// covers: CACHE-18
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Platform, startPlatform } from "../support/platform.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform();
  // The demo source is made with its first query.
  await platform.call("POST", "query", { sql: "select 1", source: "demo", timeout_ms: 100_000 });
  for (const timeout of [10, 20])
    await platform.call("POST", "models/register", {
      model_id: "churn",
      backend: "local",
      timeout,
    });
  await platform.call("PUT", "models/churn/labels/production", { version: 1, reason: "first" });
});
afterAll(() => platform.stop());

const ask = (sql: string, model?: string, headers: Record<string, string> = {}) =>
  platform.call("POST", "query", { sql, source: "demo", ...(model && { model }) }, headers);
const keyFor = async (permissions: string[]) => {
  const made = await platform.call("POST", "keys", { owner: "someone", permissions });
  return { "x-api-key": made.body.key as string };
};

test("is answered from the same cache entry as without, and logged with the version that its name meant", async () => {
  const sql = "select count(*) from orders";
  expect((await ask(sql)).body.cache.status).toBe("miss");
  for (const [named, logged] of [
    ["churn", "churn@2"],
    ["churn@production", "churn@1"],
    ["churn@1", "churn@1"],
  ] as const) {
    expect(await ask(sql, named)).toMatchObject({
      status: 200,
      body: { cache: { status: "hit" } },
    });
    const { body } = await platform.call("GET", "query/history?limit=1");
    expect(body.items[0]).toMatchObject({ model: logged, cache_status: "hit" });
  }
  await ask(sql);
  expect((await platform.call("GET", "query/history?limit=1")).body.items[0].model).toBeNull();
});

test.each([
  ["nobody", "model_not_found"],
  ["churn@99", "model_not_found"],
  ["churn@staging", "label_not_found"],
])(
  "with the name %s is the 404 that the model's own route gives, and runs nothing",
  async (name, code) => {
    const own = await platform.call("GET", `models/${name}`);
    expect(own).toMatchObject({ status: 404, body: { code } });
    const body = { sql: "select 1 as one", source: "demo", model: name };
    for (const path of ["query", "query/explain", "query/jobs", "cache/lookup"]) {
      const answer = await platform.call("POST", path, body);
      expect(answer, path).toMatchObject({ status: 404, body: { code, detail: own.body.detail } });
    }
  },
);

test("with a name of no form is a bad request", async () => {
  for (const model of ["", "a b", "churn@", "@1", "churn@1@2", 7])
    expect(
      await platform.call("POST", "query", { sql: "select 1", source: "demo", model }),
    ).toMatchObject({ status: 400, body: { code: "request_invalid" } });
});

test("is refused to a key that may not read models, whether there is such a model or not", async () => {
  const key = await keyFor(["query:run"]);
  for (const name of ["churn", "nobody"])
    expect(await ask("select 1 as one", name, key)).toMatchObject({
      status: 403,
      body: { code: "forbidden" },
    });
  expect((await ask("select 1 as one", undefined, key)).status).toBe(200);
});

test("is explained, looked up and taken as a job as well", async () => {
  const body = { sql: "select count(*) from tickets", source: "demo", model: "churn@production" };
  expect((await platform.call("POST", "query/explain", body)).status).toBe(200);
  expect((await platform.call("POST", "cache/lookup", body)).body.status).toBe("miss");
  await platform.call("POST", "query", body);
  expect((await platform.call("POST", "cache/lookup", body)).body.status).toBe("hit");
  const job = await platform.call("POST", "query/jobs", body);
  expect(job.status).toBe(202);
  const path = `query/jobs/${job.body.job_id}`;
  const status = async () => (await platform.call("GET", path)).body.status as string;
  while (["queued", "running"].includes(await status()))
    await new Promise((resolve) => setImmediate(resolve));
  expect(await status()).toBe("succeeded");
  const { body: history } = await platform.call("GET", "query/history?limit=1");
  expect(history.items[0]).toMatchObject({ model: "churn@1", cache_status: "bypass" });
});

test("is counted for its source and model, in statistics and in metrics, and unknown names are not", async () => {
  await platform.call("POST", "models/register", { model_id: "counted", backend: "local" });
  const sql = "select count(*) from employees";
  for (let i = 0; i < 3; i++) await ask(sql, "counted");
  await ask(sql);
  await ask(sql, "unheard-of");
  const stats = (await platform.call("GET", "cache/stats")).body;
  expect(stats.by_model.counted).toMatchObject({
    hits: 2,
    misses: 1,
    misses_by_reason: { not_stored: 1 },
    stores: 1,
    by_source: { demo: { hits: 2, misses: 1 } },
  });
  expect(Object.keys(stats.by_model)).toEqual(["churn", "counted"]);
  const { text, headers } = await platform.call("GET", "metrics");
  expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(text).toContain('mcp_cache_hits_total{source="demo",model="counted"} 2\n');
  expect(text).toContain(
    'mcp_cache_misses_total{source="demo",model="counted",reason="not_stored"} 1\n',
  );
  expect(text).not.toContain("unheard-of");
  const hits = [...text.matchAll(/^mcp_cache_hits_total\{source="demo",model=".*"\} (\d+)$/gm)];
  expect(hits.reduce((all, [, count]) => all + Number(count), 0)).toBe(stats.by_source.demo.hits);
});

test("metrics need metrics:read", async () => {
  expect(
    await platform.call("GET", "metrics", undefined, await keyFor(["cache:read"])),
  ).toMatchObject({ status: 403 });
  expect(
    (await platform.call("GET", "metrics", undefined, await keyFor(["metrics:read"]))).status,
  ).toBe(200);
});
