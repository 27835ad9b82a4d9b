/** The metadata database cannot be reached: said as 503 that may be tried again, while what needs no database answers. */
// covers: HEALTH-02
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../../local/ports.ts";
import { type Platform, startPlatform } from "../support/platform.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({
    DATABASE_URL: `postgres://u:p@127.0.0.1:${await freePort()}/none`,
  });
});
afterAll(async () => {
  delete process.env.DATABASE_URL;
  await platform.stop();
});

test.each(["health/live", "dashboard", "docs", "openapi.json"])(
  "%s answers all the same",
  async (path) => {
    expect((await platform.call("GET", path)).status).toBe(200);
  },
);

test.each([
  ["GET", "health/ready"],
  ["GET", "health"],
  ["GET", "models"],
  ["POST", "query"],
])("%s %s is 503 metadata_unavailable with Retry-After", async (method, path) => {
  const answer = await platform.call(
    method,
    path,
    method === "POST" ? { sql: "select 1" } : undefined,
  );
  expect(answer).toMatchObject({ status: 503, body: { code: "metadata_unavailable" } });
  expect(answer.headers.get("retry-after")).toBe("2");
});

test("a wrong address is still 404", async () => {
  expect((await platform.call("GET", "nowhere")).status).toBe(404);
});
