/** Every command of the README, run as it stands against a running server; only the address and the folder are a test's. */
// covers: DOC-01, CLI-01, CLI-02
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createServerDatabase, postgresUrl } from "../support/databases.ts";
import { type Platform, startPlatform } from "../support/platform.ts";

const run = promisify(execFile);
const readme = readFileSync("README.md", "utf8");
const blocks = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? "");
/** Run by .ci/run and by start.test.ts; running them here would recurse. */
const elsewhere = ["npm ci && npm start", "npm ci && npm test", "npm run check", "npm run migrate"];

let platform: Platform;
let database: { url: string; drop(): Promise<void> } | null = null;

beforeAll(async () => {
  platform = await startPlatform();
  if (postgresUrl !== null) database = await createServerDatabase();
});
afterAll(async () => {
  await platform.stop();
  await database?.drop();
  await rm("my-source.yaml", { force: true });
});

function localise(block: string): string {
  const server = database === null ? null : new URL(database.url);
  return block
    .replaceAll("http://localhost:7071", platform.host.url)
    .replaceAll("$(cat .mcp/admin-key)", platform.adminKey)
    .replace("host: localhost", "host: 127.0.0.1")
    .replace("port: 5432", `port: ${server?.port}`)
    .replace("database: postgres", `database: ${server?.pathname.slice(1)}`)
    .replace("user: reader", `user: ${server?.username}`)
    .replace("PGPASSWORD=secret", `PGPASSWORD=${server?.password}`);
}

const others = blocks.map((block) => block.trim()).filter((block) => !elsewhere.includes(block));

test("holds the two commands that everything begins with, and stays within 250 lines", () => {
  expect(blocks.map((block) => block.trim())).toEqual(
    expect.arrayContaining(elsewhere.slice(0, 2)),
  );
  expect(readme.split("\n").length).toBeLessThanOrEqual(250);
});

describe.each(others.map((block) => [block.split("\n", 1)[0], block]))("%s", (_first, block) => {
  test.skipIf(block.includes("my-source.yaml") && postgresUrl === null)(
    "works as written",
    async () => {
      const { stdout } = await run("bash", ["-euo", "pipefail", "-c", localise(block)], {
        env: { ...process.env, MCP_SERVER_URL: platform.host.url, MCP_API_KEY: platform.adminKey },
      });
      expect(stdout.length).toBeGreaterThan(0);
      if (block.startsWith("curl"))
        expect(JSON.parse(stdout)).toMatchObject({ kind: "answer", source: "demo" });
    },
  );
});

test.skipIf(postgresUrl === null)(
  "migrates a database beforehand, twice without harm",
  async () => {
    const target = await createServerDatabase();
    const migrate = () =>
      run(process.execPath, ["dist/migrate.mjs"], {
        env: { ...process.env, DATABASE_URL: target.url },
      });
    expect((await migrate()).stdout).toContain("Applied: 0001-registry");
    expect((await migrate()).stdout).toContain("The database is up to date.");
    const client = new pg.Client({ connectionString: target.url });
    await client.connect();
    expect((await client.query("select count(*)::int as n from models")).rows).toEqual([{ n: 0 }]);
    await client.end();
    await target.drop();
  },
);
