/** The bundle that ships: what it registers, what its entry pulls in, and that loading it touches nothing. */
// covers: DEPLOY-01, DEPLOY-02, DEPLOY-03, HOST-03, OPS-02
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allDefinitions } from "../support/definitions.ts";
import type { LoadReport } from "../support/load-bundle.ts";
import { ROOT } from "../support/source-tree.ts";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "mcp-bundle-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Nothing listens there: reaching out would fail, and be counted. */
const NOWHERE = "127.0.0.1:9";
const settings = {
  PATH: process.env.PATH ?? "",
  MCP_DATA_DIR: join(folder, "data"),
  DATABASE_URL: `postgres://user:password@${NOWHERE}/none`,
  AzureWebJobsStorage: "UseDevelopmentStorage=true",
  DEMO_SOURCE: "true",
};

const load = (env: Record<string, string>) =>
  run(process.execPath, ["tests/support/load-bundle.ts"], { cwd: ROOT, env, timeout: 30_000 });

let report: LoadReport;
beforeAll(async () => {
  if (!existsSync(join(ROOT, "dist/main.mjs")))
    throw new Error("dist/main.mjs is missing: run npm run build first");
  report = JSON.parse((await load(settings)).stdout) as LoadReport;
});

describe("the bundle registers", () => {
  it("exactly the definitions of functions/", () => {
    const names = report.functions.map(({ name }) => name).sort();
    expect(names).toEqual(allDefinitions.map(({ name }) => name).sort());
    expect(report.hooks).toEqual(["appTerminate"]);
  });

  it("these functions, each with its trigger", () => {
    const lines = report.functions.map(({ name, bindings }) => `${name}: ${triggerOf(bindings)}`);
    expect(`\n${lines.sort().join("\n")}\n`).toMatchInlineSnapshot(`
      "
      add-example: POST /query/examples
      alert-dispatch: queueTrigger alert-dispatch
      alert-poison: queueTrigger alert-dispatch-poison
      alert-sweep: timer 30 * * * * *
      cache-invalidate: POST /cache/invalidate
      cache-lookup: POST /cache/lookup
      cache-stats: GET /cache/stats
      cancel-query-job: DELETE /query/jobs/{id}
      check-source: POST /sources/{id}/check
      create-key: POST /keys
      dashboard-css: GET /dashboard/dashboard.css
      dashboard-js: GET /dashboard/dashboard.js
      dashboard: GET /dashboard
      describe-model: PATCH /models/{id}
      docs: GET /docs
      draft-semantic-model: GET /sources/{id}/semantic-model/draft
      example-suggestions: GET /query/examples/suggestions
      fallback-delete: DELETE /{*path}
      fallback-get: GET /{*path}
      fallback-patch: PATCH /{*path}
      fallback-post: POST /{*path}
      fallback-put: PUT /{*path}
      get-model-version: GET /models/{id}/versions/{n}
      get-model: GET /models/{id}
      get-query-job: GET /query/jobs/{id}
      get-semantic-model: GET /sources/{id}/semantic-model
      health-check: timer 0 * * * * *
      health-live: GET /health/live
      health-ready: GET /health/ready
      health: GET /health
      import-semantic-model: POST /sources/{id}/semantic-model/import
      key-info: GET /keys/info
      list-dead-letters: GET /alerts/dead-letters
      list-examples: GET /query/examples
      list-incidents: GET /alerts/incidents
      list-keys: GET /keys
      list-model-labels: GET /models/{id}/labels
      list-model-versions: GET /models/{id}/versions
      list-models: GET /models
      list-policies: GET /policies
      list-query-jobs: GET /query/jobs
      list-sources: GET /sources
      metrics: GET /metrics
      model-history: GET /models/{id}/history
      model-status: GET /models/{id}/status
      move-model-label: PUT /models/{id}/labels/{label}
      openapi: GET /openapi.json
      put-policy: PUT /policies/{id}
      put-semantic-model: PUT /sources/{id}/semantic-model
      query-explain: POST /query/explain
      query-feedback: POST /query/{query_id}/feedback
      query-history: GET /query/history
      query-job-result: GET /query/jobs/{id}/result
      query-job-rows: GET /query/jobs/{id}/rows
      query-job-sweep: timer 15 * * * * *
      query-jobs-poison: queueTrigger query-jobs-poison
      query-jobs: queueTrigger query-jobs
      query: POST /query
      refresh-source: POST /sources/{id}/refresh
      register-model: POST /models/register
      register-source: POST /sources
      remove-example: DELETE /query/examples/{id}
      remove-policy: DELETE /policies/{id}
      remove-semantic-model: DELETE /sources/{id}/semantic-model
      remove-source: DELETE /sources/{id}
      retire-model: DELETE /models/{id}
      revoke-key: DELETE /keys/{id}
      rewrap-source-credentials: timer 0 23 * * * *
      roll-back-model: POST /models/{id}/rollback
      rotate-key: POST /keys/{id}/rotate
      rotate-source-credentials: PUT /sources/{id}/credentials
      source-change-triggers: GET /sources/{id}/change-triggers
      source-schema: GET /sources/{id}/schema
      submit-query-job: POST /query/jobs
      test-alert: POST /alerts/test
      warm-up: warm-up
      "
    `);
  });

  it("HTTP functions without platform keys: each definition's own access guards it", () => {
    const triggers = report.functions.flatMap(({ bindings }) => bindings.filter(isHttp));
    expect(new Set(triggers.map(({ authLevel }) => authLevel))).toEqual(new Set(["anonymous"]));
  });
});

describe("the entry chunk", () => {
  const meta = JSON.parse(readFileSync(join(ROOT, "dist/meta.json"), "utf8")) as Metafile;
  const VENDORS = [
    "pg",
    "kysely",
    "undici",
    "nodemailer",
    "@azure/storage-blob",
    "@azure/storage-queue",
    "@azure/storage-blob",
    "hyparquet-writer",
    "@azure/identity",
    "@duckdb/node-api",
    "ajv",
    "chrono-node",
    "@electric-sql/pglite",
    "libpg-query",
    "pgsql-deparser",
    "snowflake-sdk",
    "@guanmingchiu/sqlparser-ts",
  ];

  it("reaches no vendor SDK by static imports", () => {
    const found = packagesOf(meta, "dist/main.mjs");
    expect(VENDORS.filter((name) => found.has(name))).toEqual([]);
    // The list would be worth nothing if the walk saw no packages at all.
    expect([...found]).toContain("zod");
  });

  it("holds the Functions library compiled from its source, not its bundle for older Nodes", () => {
    const inputs = Object.keys(meta.outputs["dist/main.mjs"]?.inputs ?? {});
    const library = inputs.filter((path) => path.includes("node_modules/@azure/functions/"));
    expect(library).toContain("node_modules/@azure/functions/src/InvocationModel.ts");
    expect(library.filter((path) => path.includes("/dist/"))).toEqual([]);
  });

  it("imports no node:http as an ES module, for which Node would load all of undici", () => {
    const reached = importsOf(meta, "dist/main.mjs");
    const http = reached.filter(({ path }) => /^(node:)?http$/.test(path));
    expect(http.map(({ kind }) => kind)).toEqual(["require-call"]);
  });

  it("leaves every vendor SDK to a chunk that is loaded when needed", () => {
    const all = new Set(Object.keys(meta.outputs).flatMap((path) => [...packagesIn(meta, path)]));
    expect(VENDORS.filter((name) => !all.has(name))).toEqual([]);
  });
});

describe("loading", () => {
  it("connects to nothing, writes nothing and leaves nothing running", () => {
    expect(report.connections).toBe(0);
    expect(existsSync(settings.MCP_DATA_DIR)).toBe(false);
  });

  it("fails for bad settings, names every one of them and shows no value", async () => {
    const bad = {
      DATABASE_URL: "mysql://hunter2",
      CACHE_TTL_SECONDS: "hunter2-seconds",
      SMTP_URL: "hunter2.example.com",
      CREDENTIAL_KEY: "hunter2",
    };
    const failure = await load({ ...settings, ...bad }).then(
      () => expect.fail("the bundle loaded with bad settings"),
      (error: { code: number; stderr: string }) => error,
    );
    expect(failure.code).not.toBe(0);
    for (const key of Object.keys(bad)) expect(failure.stderr).toContain(`  ${key}: `);
    expect(failure.stderr).not.toContain("hunter2");
  });
});

type Binding = LoadReport["functions"][number]["bindings"][number];
const isHttp = ({ type }: Binding) => type === "httpTrigger";

function triggerOf(bindings: readonly Binding[]): string {
  const trigger = bindings.find(({ type }) => String(type).endsWith("Trigger"));
  if (trigger?.type === "httpTrigger")
    return `${(trigger.methods as string[]).join(",")} /${trigger.route}`;
  if (trigger?.type === "timerTrigger") return `timer ${trigger.schedule}`;
  if (trigger?.type === "warmupTrigger") return "warm-up";
  return `${trigger?.type} ${trigger?.queueName}`;
}

interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      {
        readonly imports: readonly { path: string; kind: string; external?: boolean }[];
        readonly inputs: Readonly<Record<string, unknown>>;
      }
    >
  >;
}

/** The packages in an output and in everything it imports statically. */
function packagesOf(meta: Metafile, start: string): Set<string> {
  const kinds = ["import-statement", "require-call"];
  return new Set(outputsOf(meta, start).flatMap((path) => [...packagesIn(meta, path, kinds)]));
}

/** What an output and everything it imports statically leave to Node, and how each asks for it. */
function importsOf(meta: Metafile, start: string): readonly { path: string; kind: string }[] {
  return outputsOf(meta, start)
    .flatMap((path) => meta.outputs[path]?.imports ?? [])
    .filter(({ external }) => external);
}

/** An output and all that it imports statically. */
function outputsOf(meta: Metafile, start: string): readonly string[] {
  const seen = new Set<string>();
  const waiting = [start];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const one of meta.outputs[path]?.imports ?? [])
      if (one.kind !== "dynamic-import" && !one.external) waiting.push(one.path);
  }
  return [...seen];
}

/** The packages bundled into one output, and those that it leaves to Node and imports in one of these ways. */
function packagesIn(meta: Metafile, path: string, kinds?: readonly string[]): Set<string> {
  const { inputs = {}, imports = [] } = meta.outputs[path] ?? {};
  const bundled = Object.keys(inputs).map(
    (input) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1],
  );
  const left = imports
    .filter((one) => one.external && (kinds?.includes(one.kind) ?? true))
    .map((one) => one.path);
  return new Set([...bundled, ...left].filter((name) => name !== undefined));
}
