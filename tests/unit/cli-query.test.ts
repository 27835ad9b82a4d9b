/** `mcp query` and `mcp sql`: what is sent, what is shown, and how it ends. */
// covers: CLI-02, CLI-05
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parameter } from "../../client/src/cli/query-commands.ts";
import { abstainAnswer, clarifyAnswer, queryAnswer } from "../support/recorded-answers.ts";
import { problem, type RecordedApi, startRecordedApi } from "../support/recorded-api.ts";
import { type CliSurroundings, runCli } from "../support/run-cli.ts";

let api: RecordedApi;
beforeAll(async () => {
  api = await startRecordedApi();
});
afterAll(() => api.close());
beforeEach(() => {
  api.requests.length = 0;
  api.on("POST /query", { body: queryAnswer });
});

const mcp = (argv: string[], around: CliSurroundings = {}) =>
  runCli(["--server-url", api.url, ...argv], around);

describe("an answer", () => {
  it("shows how the question was understood, the SQL, the rows and where they came from", async () => {
    const { code, out, err } = await mcp(["query", "Show me active jobs for today"]);
    expect(out).toBe(
      [
        "Active jobs whose day is 2026-11-22.",
        "  SELECT id, title, pay FROM jobs WHERE day = $1",
        '  $1 = "2026-11-22"',
        "  verified, confidence 0.97, source demo",
        "",
        "id  title      pay",
        "──  ─────  ───────",
        " 1  Nurse  1250.50",
        "22            9.00",
        "",
        "2 rows · cache hit (4 s old) · 12 ms",
        "hint  Add an index on jobs(day).",
        "",
      ].join("\n"),
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(api.requests[0]?.body).toEqual({
      question: "Show me active jobs for today",
      explain: true,
      format: "arrays",
    });
  });

  it("shows of a statement's answer only the rows and the last line", async () => {
    const { out } = await mcp(["sql", "SELECT 1"]);
    expect(out.split("\n")[0]).toBe("id  title      pay");
    expect(out).not.toContain("SELECT");
  });

  it("prints the raw answer with --json, wherever the option stands", async () => {
    const { out } = await mcp(["query", "q", "--json"]);
    expect(JSON.parse(out)).toEqual(queryAnswer);
    expect((await mcp(["--json", "query", "q"])).out).toBe(out);
    expect(api.requests[0]?.body).toEqual({ question: "q", explain: true });
  });

  it("says when rows were left out", async () => {
    api.on("POST /query", {
      body: { ...queryAnswer, truncated: true, cache: { status: "miss", age_seconds: 0 } },
    });
    expect((await mcp(["sql", "x"])).out).toContain(
      "2 rows (more exist; see --max-rows) · cache miss · 12 ms",
    );
  });

  it("passes the options on", async () => {
    await mcp([
      "sql",
      "SELECT $1, $2",
      "--source",
      "demo",
      "--max-rows",
      "5",
      "--timeout-ms",
      "900",
      "--no-cache",
      "--param",
      "7",
      "--param",
      "a b",
    ]);
    expect(api.requests[0]?.body).toEqual({
      sql: "SELECT $1, $2",
      params: [7, "a b"],
      source: "demo",
      max_rows: 5,
      timeout_ms: 900,
      format: "arrays",
    });
    expect(api.requests[0]?.headers["cache-control"]).toBe("no-cache");
  });

  it.each([
    ["query", "how many?"],
    ["sql", "SELECT 1"],
    ["explain", "SELECT 1"],
  ])("names the model on whose behalf it is asked: %s", async (command, text) => {
    await mcp([command, text, "--model", "churn@production"]);
    expect(api.requests[0]?.body).toMatchObject({ model: "churn@production" });
  });

  it("reads SQL from stdin", async () => {
    await mcp(["sql", "-"], { stdin: "SELECT 2" });
    expect(api.requests[0]?.body).toMatchObject({ sql: "SELECT 2" });
    expect((await mcp(["sql", "-"], { stdin: " " })).code).toBe(2);
  });
});

describe("a parameter", () => {
  it.each([
    ["5", 5],
    ["-1.5", -1.5],
    ["true", true],
    ["null", null],
    ["[1,2]", [1, 2]],
    ['"5"', "5"],
    ["abc", "abc"],
    ["007", "007"],
    ['{"a":1}', '{"a":1}'],
    ["12345678901234567890", "12345678901234567890"],
    ["1.50", "1.50"],
  ])("%s is taken without losing a digit", (text, value) => {
    expect(parameter(text)).toEqual(value);
  });
});

describe("no answer", () => {
  it("lists the readings of an ambiguous question and ends with 7", async () => {
    api.on("POST /query", { body: clarifyAnswer });
    const { code, out } = await mcp(["query", "top?"]);
    expect(code).toBe(7);
    expect(out).toContain("1. Jobs with the highest pay\n     SELECT 1\n  2. Newest jobs: 12 rows");
    expect(out).toContain("3. How many jobs: 40\n");
  });

  it("gives the reason of an abstention and ends with 7, with --json too", async () => {
    api.on("POST /query", { body: abstainAnswer });
    const { code, out } = await mcp(["query", "weather?"]);
    expect(code).toBe(7);
    expect(out).toContain("Not answered: Nothing here is about the weather.");
    expect(await mcp(["query", "weather?", "--json"])).toMatchObject({ code: 7 });
  });

  it("gives every reason of a refusal and ends with 6", async () => {
    const errors = [
      { pointer: "/sql", message: "DELETE writes" },
      { pointer: "/sql", message: "pg_sleep is not permitted" },
    ];
    api.on("POST /query", problem(422, "sql_refused", "Two reasons.", { errors }));
    const { code, out, err } = await mcp(["sql", "DELETE"]);
    expect({ code, out }).toEqual({ code: 6, out: "" });
    expect(err).toBe(
      "title of sql_refused: Two reasons.\n  /sql: DELETE writes\n  /sql: pg_sleep is not permitted\n",
    );
  });
});
