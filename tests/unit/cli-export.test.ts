/** `mcp export`: a whole file or none, progress on a terminal only, and Ctrl-C that reaches the server. */
// covers: JOB-09
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { problem, type RecordedApi, startRecordedApi } from "../support/recorded-api.ts";
import { type CliSurroundings, runCli } from "../support/run-cli.ts";

const job = (part: object = {}) => ({
  job_id: "job_1",
  status: "succeeded",
  source: "demo",
  question: null,
  sql: "select 1",
  output: { format: "csv" },
  rows: 2,
  bytes: 16,
  truncated: false,
  result: { content_type: "text/csv", bytes: 9 },
  error: null,
  ...part,
});

let api: RecordedApi;
let folder: string;
beforeAll(async () => {
  api = await startRecordedApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mcp-export-"));
  api.requests.length = 0;
  api.on("POST /query/jobs", { status: 202, body: job({ status: "queued", rows: 0 }) });
  api.on("GET /query/jobs/job_1", { body: job() });
  api.on("GET /query/jobs/job_1/result", {
    body: "n\r\n1\r\n2\r\n",
    headers: { "content-type": "text/csv" },
  });
  api.on("DELETE /query/jobs/job_1", { body: job({ status: "cancelled" }) });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const mcp = (argv: string[], around: CliSurroundings = {}) =>
  runCli(["--server-url", api.url, "export", ...argv], { cwd: folder, ...around });

describe("an export", () => {
  it("writes the file, says how many rows, and shows no progress in a pipe", async () => {
    const { code, out, err } = await mcp(["select 1", "-o", "rows.csv"]);
    expect({ code, out, err }).toEqual({ code: 0, out: "Wrote 2 rows to rows.csv\n", err: "" });
    expect(await readFile(join(folder, "rows.csv"), "utf8")).toBe("n\r\n1\r\n2\r\n");
    expect(await readdir(folder)).toEqual(["rows.csv"]);
  });

  it("shows progress on a terminal, and wipes it", async () => {
    api.on("GET /query/jobs/job_1", { body: job({ status: "running", rows: 1 }) }, { body: job() });
    const { err } = await mcp(["select 1", "-o", "rows.csv"], { showsProgress: true });
    expect(err).toContain("\rjob_1 running, 1 row");
    expect(err).toMatch(/\r +\r$/);
  });

  it("passes its options on", async () => {
    await mcp([
      ...["select $1", "--format", "parquet", "-o", "x", "--param", "5", "--source", "demo"],
      ...["--max-rows", "7", "--timeout-ms", "9", "--model", "churn"],
    ]);
    expect(api.requests[0]).toMatchObject({
      body: {
        sql: "select $1",
        params: [5],
        output: { format: "parquet" },
        source: "demo",
        max_rows: 7,
        timeout_ms: 9,
        model: "churn",
      },
      headers: { "idempotency-key": expect.any(String) },
    });
  });

  it("prints the job with --json", async () => {
    const { out } = await mcp(["select 1", "-o", "rows.csv", "--json"]);
    expect(JSON.parse(out)).toMatchObject({ job_id: "job_1", rows: 2, file: "rows.csv" });
  });

  it("that failed says why, with the code of a refusal, and leaves no file", async () => {
    const error = { code: "query_timeout", detail: "It took too long." };
    api.on("GET /query/jobs/job_1", { body: job({ status: "failed", error, result: null }) });
    const { code, err } = await mcp(["select 1", "-o", "rows.csv"]);
    expect(code).toBe(6);
    expect(err).toBe("The job job_1 has no rows: query_timeout: It took too long.\n");
    expect(await readdir(folder)).toEqual([]);
  });

  it("of a refused statement says what the server says", async () => {
    api.on("POST /query/jobs", problem(422, "sql_refused", "pg_sleep is not allowed."));
    const { code, err } = await mcp(["select pg_sleep(1)", "-o", "rows.csv"]);
    expect(code).toBe(6);
    expect(err).toContain("pg_sleep is not allowed.");
  });

  it("of which only a part came leaves no file", async () => {
    api.on("GET /query/jobs/job_1/result", {
      body: "n\r\n1",
      headers: { "content-type": "text/csv" },
    });
    const { code, err } = await mcp(["select 1", "-o", "rows.csv"]);
    expect(code).toBe(1);
    expect(err).toBe("Only 4 of 9 bytes came. Try again.\n");
    expect(await readdir(folder)).toEqual([]);
  });

  it("is cancelled on the server by Ctrl-C", async () => {
    const interrupt = new AbortController();
    api.on("GET /query/jobs/job_1", { body: job({ status: "running" }) });
    const running = mcp(["select 1", "-o", "rows.csv"], {
      interrupt: interrupt.signal,
      showsProgress: false,
    });
    while (!api.requests.some(({ method }) => method === "GET"))
      await new Promise((resolve) => setImmediate(resolve));
    interrupt.abort();
    const { code, err } = await running;
    expect(code).toBe(1);
    expect(err).toBe("Cancelled: job_1 was ended on the server.\n");
    expect(api.requests.at(-1)?.method).toBe("DELETE");
    expect(await readdir(folder)).toEqual([]);
  });
});
