/** The commands over models, sources, keys, alerts, examples and the cache; and the doctor. */
// covers: CLI-01, CLI-03, CLI-04, SEM-08
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  cacheStats,
  health,
  keyInfo,
  modelStatus,
  modelSummary,
} from "../support/recorded-answers.ts";
import { problem, type RecordedApi, startRecordedApi } from "../support/recorded-api.ts";
import { type CliSurroundings, runCli } from "../support/run-cli.ts";

let api: RecordedApi;
let folder: string;
beforeAll(async () => {
  api = await startRecordedApi();
  folder = await mkdtemp(join(tmpdir(), "mcp-cli-"));
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  api.requests.length = 0;
});

const mcp = (argv: string[], around: CliSurroundings = {}) =>
  runCli(["--server-url", api.url, ...argv], { cwd: folder, ...around });
const file = async (name: string, text: string) => {
  await writeFile(join(folder, name), text);
  return name;
};

describe("mcp register", () => {
  it("sends the file's keys as they are and says which version it is", async () => {
    api.on("POST /models/register", {
      status: 201,
      body: { model_id: "m", version: 2, digest: "sha256:0123456789abcdef", status: "registered" },
    });
    const { code, out } = await mcp([
      "register",
      await file("m.yaml", "model_id: m\nbackend: custom\ntimeout: 10 # seconds\nnew_key: [a]\n"),
    ]);
    expect({ code, out }).toEqual({ code: 0, out: "Registered m, version 2 (0123456789ab)\n" });
    expect(api.requests[0]?.body).toEqual({
      model_id: "m",
      backend: "custom",
      timeout: 10,
      new_key: ["a"],
    });
    await mcp(["register", await file("m.json", '{"model_id":"m"}')]);
    expect(api.requests[1]?.body).toEqual({ model_id: "m" });
  });

  it("names file, line and column of broken YAML, and sends nothing", async () => {
    for (const [text, place] of [
      ["a: 1\nb: [1, 2\nc: 3\n", /^bad\.yaml:\d:\d+: /],
      ["a: 1\na: 2\n", /^bad\.yaml:2:1: .*unique/],
      ["- a\n", /^bad\.yaml:1:1: /],
      ["", /^bad\.yaml:1:1: /],
      ["a: *x\n", /^bad\.yaml/],
    ] as const) {
      const { code, err } = await mcp(["register", await file("bad.yaml", text)]);
      expect(code).toBe(6);
      expect(err).toMatch(place);
    }
    expect((await mcp(["register", "gone.yaml"])).err).toBe(
      "gone.yaml cannot be read: there is no such file.\n",
    );
    expect(api.requests).toEqual([]);
  });

  it("tells the server's faults with the file's lines", async () => {
    const errors = [
      { pointer: "/timeout", message: "too large" },
      { pointer: "/artifacts/0/name", message: "bad name" },
      { pointer: "", message: "more" },
    ];
    api.on("POST /models/register", problem(400, "request_invalid", "Wrong.", { errors }));
    const { code, err } = await mcp([
      "register",
      await file("m.yaml", "model_id: m\ntimeout: 9999\nartifacts:\n  - name: '!'\n"),
    ]);
    expect(code).toBe(6);
    expect(err).toBe(
      "title of request_invalid:\n  m.yaml:2:10 /timeout: too large\n  m.yaml:4:11 /artifacts/0/name: bad name\n  m.yaml /: more\n",
    );
  });
});

describe("models", () => {
  it("lists all pages", async () => {
    api.on(
      "GET /models",
      { body: { items: [modelSummary], nextCursor: "c" } },
      { body: { items: [{ ...modelSummary, model_id: "b" }], nextCursor: null } },
    );
    const { out } = await mcp(["list-models"]);
    expect(out.split("\n")[2]).toBe(
      "sales-forecaster  custom         3  production@2  active  2026-11-22 15:44:21Z",
    );
    expect(out).toContain("\nb ");
  });

  it("gives status and cache in one answer, and the status alone where the cache is not permitted", async () => {
    api.on("GET /models/sales-forecaster/status", { body: modelStatus });
    api.on(
      "GET /cache/stats",
      { body: cacheStats },
      problem(403, "forbidden", "This needs the permission cache:read."),
    );
    expect(JSON.parse((await mcp(["get-stats", "sales-forecaster", "--json"])).out)).toEqual({
      status: modelStatus,
      cache: cacheStats,
    });
    expect((await mcp(["get-stats", "sales-forecaster"])).out).toContain(
      "evidence  GET /health answered 200",
    );
    api.on("GET /cache/stats", { body: cacheStats });
    expect((await mcp(["get-stats", "sales-forecaster"])).out).toContain(
      "75.0 % of look-ups hit (30 hits, 10 misses",
    );
  });

  it("moves labels and rolls back", async () => {
    const state = { label: "production", version: 2 };
    api.on("PUT /models/m/labels/production", { body: state });
    api.on("POST /models/m/rollback", { body: state });
    expect((await mcp(["models", "label", "m", "production", "2", "--reason", "better"])).out).toBe(
      "m@production is now version 2\n",
    );
    expect((await mcp(["models", "rollback", "m", "production"])).out).toBe(
      "m@production is back at version 2\n",
    );
    expect(api.requests.map((request) => request.body)).toEqual([
      { version: 2, reason: "better" },
      { label: "production" },
    ]);
  });
});

describe("sources", () => {
  const yaml =
    "source_id: wh\ntype: postgres\nconfig: { host: db, database: d }\ncredentials: { user: u }\n";

  it("takes the password from the environment or stdin, never from the arguments", async () => {
    api.on("POST /sources", { status: 201, body: { source_id: "wh", type: "postgres" } });
    const name = await file("s.yaml", yaml);
    await mcp(["sources", "add", name, "--password-env", "PW"], { env: { PW: "one" } });
    await mcp(["sources", "add", name, "--password-stdin"], { stdin: "two\n" });
    expect(api.requests.map(({ body }) => (body as { credentials: object }).credentials)).toEqual([
      { user: "u", password: "one" },
      { user: "u", password: "two" },
    ]);
    expect((await mcp(["sources", "add", name, "--password-env", "PW"])).code).toBe(2);
  });

  it("ends a failed check with 1", async () => {
    api.on("POST /sources/wh/check", {
      body: { source_id: "wh", ok: false, latency_ms: 3, evidence: "no route" },
    });
    expect(await mcp(["sources", "check", "wh"])).toMatchObject({
      code: 1,
      out: "✗ wh  no route (3 ms)\n",
    });
  });

  it("shows the schema", async () => {
    const table = {
      name: "jobs",
      estimated_rows: 10,
      columns: [{ name: "id", type: "integer", nullable: false }],
      primary_key: ["id"],
    };
    api.on("GET /sources/wh/schema", { body: { source_id: "wh", version: "1", tables: [table] } });
    expect((await mcp(["sources", "schema", "wh"])).out).toBe("jobs  ~10 rows\n  id\n1 table\n");
    expect((await mcp(["sources", "schema", "wh", "--detail", "full"])).out).toContain(
      "id      integer  not null  primary key",
    );
  });
});

describe("semantic models", () => {
  const model = {
    tables: [{ name: "orders", synonyms: ["deals"], columns: [] }],
    relationships: [],
    metrics: [],
    filters: [],
  };
  const saved = { source_id: "shop", version: 3, digest: "sha256:00" };

  it("are drafted and shown as YAML that can be saved again", async () => {
    api.on("GET /sources/shop/semantic-model/draft", { body: model });
    api.on("GET /sources/shop/semantic-model", { body: { ...saved, model } });
    api.on("PUT /sources/shop/semantic-model", { status: 201, body: saved });
    const draft = await mcp(["sources", "semantic-model", "draft", "shop"]);
    expect(draft.out).toBe("tables:\n  - name: orders\n    synonyms:\n      - deals\n");
    expect((await mcp(["sources", "semantic-model", "show", "shop"])).out).toBe(draft.out);
    const name = await file("model.yaml", draft.out);
    expect((await mcp(["sources", "semantic-model", "save", "shop", name])).out).toBe(
      "Version 3 of the model is in force for shop\n",
    );
    expect(api.requests.at(-1)?.body).toEqual({
      tables: [{ name: "orders", synonyms: ["deals"] }],
    });
  });

  it("that are refused are told with the file's lines", async () => {
    const errors = [
      { pointer: "/metrics/0/expression", message: "a subquery is not allowed in it" },
    ];
    api.on("PUT /sources/shop/semantic-model", problem(400, "request_invalid", "bad", { errors }));
    const name = await file("bad.yaml", "metrics:\n  - name: a\n    expression: (select 1)\n");
    const { code, err } = await mcp(["sources", "semantic-model", "save", "shop", name]);
    expect(code).toBe(6);
    expect(err).toContain("bad.yaml:3:17 /metrics/0/expression: a subquery is not allowed in it");
  });

  it("of other products are imported, and what is left out is told with its line", async () => {
    api.on("POST /sources/shop/semantic-model/import", {
      status: 201,
      body: {
        ...saved,
        model,
        skipped: [{ pointer: "/tables/0", message: "has no name" }],
        examples: { saved: ["q1"], refused: [{ question: "q2", reason: "no column" }] },
      },
    });
    const name = await file("cortex.yaml", "name: x\ntables:\n  - base_table: {}\n");
    const { out } = await mcp([
      "sources",
      "semantic-model",
      "import",
      "shop",
      name,
      "--format",
      "cortex",
    ]);
    expect(out).toBe(
      "Version 3 of the model is in force for shop: 1 table, 0 metrics, 0 filters, 1 example\nleft out cortex.yaml:3:5 /tables/0: has no name\nno example “q2”: no column\n",
    );
    expect(api.requests[0]).toMatchObject({
      path: "/api/sources/shop/semantic-model/import?format=cortex",
      body: { name: "x", tables: [{ base_table: {} }] },
    });
    expect((await mcp(["sources", "semantic-model", "import", "shop", name])).code).not.toBe(0);
  });

  it("are taken out of force", async () => {
    api.on("DELETE /sources/shop/semantic-model", { status: 204 });
    expect((await mcp(["sources", "semantic-model", "remove", "shop"])).out).toBe(
      "Removed the model of shop\n",
    );
  });
});

describe("keys, alerts, examples, cache", () => {
  it("shows a new key once, first", async () => {
    api.on("POST /keys", { status: 201, body: { ...keyInfo, key: "mcp_local_new" } });
    const { out } = await mcp([
      "keys",
      "create",
      "--owner",
      "ops",
      "--role",
      "viewer",
      "--permission",
      "query:run",
      "--expires-in-days",
      "30",
    ]);
    expect(out.split("\n")[0]).toBe("mcp_local_new");
    expect(api.requests[0]?.body).toEqual({
      owner: "ops",
      permissions: ["query:run"],
      roles: ["viewer"],
      expires_in_days: 30,
    });
  });

  it("lists incidents with what became of each notification", async () => {
    const delivery = {
      delivery_id: "d",
      event: "opened",
      channel: "email",
      state: "dead",
      attempts: [],
      reason: "550 no such user",
    };
    const incident = {
      incident_id: "i",
      dedup_key: "k",
      rule: "model_down",
      severity: "critical",
      summary: "m is down",
      evidence: {},
      state: "open",
      opened_at: "2026-11-22T15:00:00Z",
      resolved_at: null,
      deliveries: [delivery],
    };
    api.on("GET /alerts/incidents", {
      body: { items: [incident, incident, incident], nextCursor: "more" },
    });
    const { out } = await mcp(["alerts", "incidents", "--state", "open", "--limit", "2"]);
    expect(out.match(/email opened dead: 550 no such user/g)).toHaveLength(2);
    expect(api.requests.map((request) => request.path)).toEqual([
      "/api/alerts/incidents?limit=2&state=open",
    ]);
  });

  it("tests chosen channels", async () => {
    api.on("POST /alerts/test", {
      body: { incident_id: "inc_1", deliveries: [{ delivery_id: "d", channel: "slack" }] },
    });
    expect(
      (await mcp(["alerts", "test", "--channel", "slack", "--channel", "email"])).out,
    ).toContain("inc_1 is on its way over slack");
    expect(api.requests[0]?.body).toEqual({ channels: ["slack", "email"] });
  });

  it("teaches and forgets examples", async () => {
    api.on("POST /query/examples", { status: 201, body: { example_id: "ex_1", source: "demo" } });
    api.on("DELETE /query/examples/ex_1", { status: 204 });
    expect((await mcp(["examples", "add", "how many?", "SELECT 1", "--source", "demo"])).out).toBe(
      "Added ex_1 for demo\n",
    );
    expect((await mcp(["examples", "remove", "ex_1"])).out).toBe("Removed ex_1\n");
  });

  it("says what of an answer was right or wrong, and lists what is worth saying", async () => {
    api.on("POST /query/qry_1/feedback", { body: { example_id: "ex_2", note: null } });
    api.on("GET /query/examples/suggestions", {
      body: { items: [{ count: 3, query_id: "qry_9", question: "how many?", sql: "select 1" }] },
    });
    expect((await mcp(["feedback", "qry_1", "wrong", "--sql", "select 2"])).out).toBe(
      "Saved as ex_2\n",
    );
    expect(api.requests.at(-1)?.body).toEqual({ correct: false, sql: "select 2" });
    expect((await mcp(["feedback", "qry_1", "perhaps"])).code).not.toBe(0);
    expect((await mcp(["examples", "suggestions"])).out).toContain("qry_9");
  });

  it("invalidates tables", async () => {
    api.on("POST /cache/invalidate", { body: { source: "demo", invalidated: ["public.jobs"] } });
    expect((await mcp(["cache", "invalidate", "demo", "--table", "jobs"])).out).toBe(
      "Forgot results of demo: public.jobs\n",
    );
    expect(api.requests[0]?.body).toEqual({ source: "demo", tables: ["jobs"] });
  });
});

describe("mcp doctor", () => {
  const key = ["--api-key", "mcp_local_k"];
  beforeEach(() => {
    api.on("GET /health/ready", { body: { status: "ready" } });
    api.on("GET /keys/info", { body: keyInfo });
    api.on("GET /health", { body: health });
  });

  it("passes with a tick for everything", async () => {
    const { code, out } = await mcp([...key, "doctor"]);
    expect(code).toBe(0);
    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => line.slice(0, 10).trim()),
    ).toEqual(["✓ node", "✓ server", "✓ ready", "✓ key", "✓ metadata"]);
    expect(out).toContain("may: role viewer, query:run");
  });

  it("fails for an unhealthy component, a bad key and no key", async () => {
    const broken = {
      ...health,
      status: "unhealthy",
      components: [{ name: "metadata", status: "unhealthy", evidence: "down", latency_ms: 1 }],
    };
    api.on("GET /health", { status: 503, body: broken });
    expect(await mcp([...key, "doctor"])).toMatchObject({
      code: 1,
      out: expect.stringContaining("✗ metadata"),
    });
    api.on("GET /health", { body: health });
    api.on("GET /keys/info", problem(401, "unauthenticated", "No."));
    expect(await mcp([...key, "doctor"])).toMatchObject({
      code: 1,
      out: expect.stringContaining("unknown, revoked or expired"),
    });
    expect(await mcp(["doctor"])).toMatchObject({ code: 1, out: expect.stringContaining("✗ key") });
  });

  it("stops where there is no server, and says what to do", async () => {
    const { code, out } = await runCli(["--server-url", "http://127.0.0.1:1", "doctor"]);
    expect(code).toBe(1);
    expect(out.trimEnd().split("\n")).toHaveLength(2);
  });

  it("gives its findings as JSON", async () => {
    const { out } = await mcp([...key, "--json", "doctor"]);
    expect(JSON.parse(out).checks[2]).toEqual({
      name: "ready",
      state: "ok",
      detail: "it can serve",
    });
  });
});
