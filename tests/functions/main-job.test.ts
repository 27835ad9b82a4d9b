/** The main job through the shipped bundle: register, ask, cache, notice a dead model, deliver one alert. */
// covers: REG-01, REG-11, QRY-01, CACHE-01, CACHE-02, CACHE-03, CACHE-04, HEALTH-01, HEALTH-04, ALERT-01, ALERT-06, ASK-03
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.ts";
import { until } from "../support/local-host.ts";
import { type Platform, startPlatform } from "../support/platform.ts";

const SECRET = "a-secret-for-this-test-only";
let platform: Platform;
let receiver: HttpReceiver;
let model: HttpReceiver;

beforeAll(async () => {
  [receiver, model] = await Promise.all([startHttpReceiver(), startHttpReceiver()]);
  platform = await startPlatform({
    ALERT_WEBHOOK_URL: `${receiver.url}/alerts`,
    ALERT_WEBHOOK_SECRET: SECRET,
  });
});
afterAll(async () => {
  vi.useRealTimers();
  await platform.stop();
  await receiver.close();
  await model.close().catch(() => undefined);
});

const ask = (question: string, headers = {}) =>
  platform.call("POST", "query", { question }, headers);

test("a question is answered from the source, and from the cache the second time", async () => {
  const first = await ask("Show me active jobs for today");
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({
    kind: "answer",
    source: "demo",
    cache: { status: "miss" },
    truncated: false,
  });
  expect(first.body.sql).toMatch(/from jobs/i);
  expect(first.body.row_count).toBe(first.body.rows.length);
  expect(first.body.row_count).toBeGreaterThanOrEqual(5);
  const second = await ask("Show me active jobs for today");
  expect(second.body.cache.status).toBe("hit");
  expect(second.body.rows).toEqual(first.body.rows);
});

test("the rows of a question are exactly those of the equivalent SQL", async () => {
  const asked = await ask("Show me active jobs for today");
  const today = new Date().toISOString().slice(0, 10);
  const sql =
    "select job_id from jobs where status = 'active' and scheduled_for >= $1::date and scheduled_for < $1::date + 1";
  const given = await platform.call("POST", "query", { sql, params: [today], format: "arrays" });
  const ids = (rows: { job_id: number }[]) => rows.map((row) => row.job_id).sort();
  expect(ids(asked.body.rows)).toEqual(given.body.rows.map(([id]: [number]) => id).sort());
});

test("an invalidation makes the next read a miss, and leaves results over other tables", async () => {
  const jobs = { sql: "select count(*) from jobs" };
  const customers = { sql: "select count(*) from customers" };
  for (const body of [jobs, customers]) await platform.call("POST", "query", body);
  const bumped = await platform.call("POST", "cache/invalidate", {
    source: "demo",
    tables: ["jobs"],
  });
  expect(bumped.body).toEqual({ source: "demo", invalidated: ["jobs"] });
  expect((await platform.call("POST", "query", jobs)).body.cache).toMatchObject({
    status: "miss",
    reason: "invalidated",
  });
  expect((await platform.call("POST", "query", customers)).body.cache.status).toBe("hit");
});

test("a cache look-up answers hit or miss and never executes", async () => {
  const body = { sql: "select count(*) as n from models" };
  expect((await platform.call("POST", "cache/lookup", body)).body).toMatchObject({
    status: "miss",
    reason: "not_stored",
  });
  expect((await platform.call("POST", "cache/lookup", body)).body).toMatchObject({
    status: "miss",
    reason: "not_stored",
  });
  const [row] = (await platform.call("POST", "query", body)).body.rows;
  expect((await platform.call("POST", "cache/lookup", body)).body).toMatchObject({
    status: "hit",
    rows: [row],
  });
});

test("what was hit and missed is counted", async () => {
  const before = (await platform.call("GET", "cache/stats")).body.total;
  await platform.call("POST", "query", { sql: "select 11 as eleven" });
  await platform.call("POST", "query", { sql: "select 11 as eleven" });
  const after = (await platform.call("GET", "cache/stats")).body.total;
  expect(after.hits - before.hits).toBe(1);
  expect(after.misses - before.misses).toBe(1);
});

test("a question about nothing in the source is not answered, and the word is named", async () => {
  const { body } = await ask("how many unicorns are there?");
  expect(body.kind).toBe("abstain");
  expect(body.reason).toContain("unicorns");
});

test("a model whose endpoint dies is noticed, and one signed alert is delivered; its recovery too", async () => {
  const config = {
    model_id: "forecaster",
    backend: "custom",
    api_base: model.url,
    additional_params: { health_path: "/health" },
  };
  expect((await platform.call("POST", "models/register", config)).status).toBe(201);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const nextMinute = async () => {
    vi.setSystemTime(Date.now() + 60_000);
    await platform.host.invoke("health-check");
  };
  await nextMinute();
  expect((await platform.call("GET", "models/forecaster/status")).body.health).toMatchObject({
    state: "healthy",
  });
  expect(model.received.at(-1)?.path).toBe("/health");

  model.reply("reset");
  for (let minute = 0; minute < 4; minute++) await nextMinute();
  expect((await platform.call("GET", "models/forecaster/status")).body.health.state).toBe(
    "unhealthy",
  );
  await until("the alert is delivered", () => receiver.received.length === 1);
  const alert = receiver.received[0];
  expect(alert?.headers["x-mcp-signature"]).toMatch(/^v1=[0-9a-f]{64}$/);
  expect(alert?.body).toContain("forecaster");
  const { items } = (await platform.call("GET", "alerts/incidents?state=open")).body;
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({ rule: "model_unhealthy", severity: "critical", state: "open" });
  expect(items[0].deliveries).toMatchObject([{ event: "opened", channel: "webhook" }]);
  expect((await platform.call("GET", "health")).body.status).toBe("degraded");

  model.reply({ status: 200, body: "ok" });
  for (let minute = 0; minute < 3; minute++) await nextMinute();
  await until("the recovery is delivered", () => receiver.received.length === 2);
  expect((await platform.call("GET", "alerts/incidents?state=open")).body.items).toEqual([]);
});
