/** Exit codes, the lines that go with them, and where the API key comes from. */
// covers: CLI-05, CLI-06
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findCredential, isLocal } from "../../client/src/cli/credential.ts";
import { isWellFormedKey } from "../../shared/access/key-format.ts";
import { keyInfo } from "../support/recorded-answers.ts";
import { problem, type RecordedApi, startRecordedApi } from "../support/recorded-api.ts";
import { type CliSurroundings, runCli } from "../support/run-cli.ts";

let api: RecordedApi;
let folder: string;
beforeAll(async () => {
  api = await startRecordedApi();
  folder = await mkdtemp(join(tmpdir(), "mcp-cli-"));
  await mkdir(join(folder, ".mcp"));
  await writeFile(join(folder, ".mcp", "admin-key"), "mcp_local_fromfile\n");
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  api.requests.length = 0;
});

const mcp = (argv: string[], around: CliSurroundings = {}) =>
  runCli(["--server-url", api.url, ...argv], around);

describe("exit codes", () => {
  it.each([
    [400, "request_invalid", 6],
    [401, "unauthenticated", 4],
    [403, "forbidden", 4],
    [404, "key_not_found", 5],
    [409, "source_exists", 6],
    [422, "sql_refused", 6],
    [429, "rate_limited", 1],
    [500, "internal", 1],
    [504, "query_timeout", 1],
  ])("%i %s ends with its own", async (status, code, exit) => {
    api.on("GET /keys/info", problem(status, code, "Detail."));
    const run = await mcp(["keys", "info"]);
    expect(run.code).toBe(exit);
    expect(run.out).toBe("");
    expect(run.err.trimEnd().split("\n").length).toBeLessThanOrEqual(2);
  });

  it("ends with 3 where nobody listens, and says what to do", async () => {
    const gone = await startRecordedApi();
    await gone.close();
    expect(await runCli(["--server-url", `${gone.url}/api/`, "list-models"])).toEqual({
      code: 3,
      out: "",
      err: `No server at ${gone.url} — start one with npm start\n`,
    });
  });

  it("ends with 3 where something else listens", async () => {
    api.on("GET /models", { body: "<html>", headers: { "content-type": "text/html" } });
    const run = await mcp(["list-models"]);
    expect(run.code).toBe(3);
    expect(run.err).toContain("Check --server-url");
  });

  it("ends with 2 for wrong usage and 0 for help and version", async () => {
    for (const argv of [
      [],
      ["nope"],
      ["keys"],
      ["query"],
      ["sql", "x", "--max-rows", "many"],
      ["keys", "create"],
      ["alerts", "test", "--channel", "pigeon"],
      ["cache", "invalidate", "demo"],
    ]) {
      expect([argv, (await mcp(argv)).code]).toEqual([argv, 2]);
    }
    expect((await runCli(["--server-url", "nowhere", "list-models"])).code).toBe(2);
    for (const argv of [["--help"], ["keys", "--help"], ["--version"]])
      expect((await mcp(argv)).code).toBe(0);
    expect((await mcp(["--help"])).out).toContain("7  the question was not answered");
    expect(api.requests).toEqual([]);
  });

  it("gives the request id of the server's own faults", async () => {
    api.on("GET /keys/info", problem(500, "internal", "The request could not be completed."));
    expect((await mcp(["keys", "info"])).err).toContain("(request req_01)");
  });
});

describe("the API key", () => {
  const sent = async (argv: string[], around: CliSurroundings) => {
    api.on("GET /keys/info", { body: keyInfo });
    await mcp([...argv, "keys", "info"], around);
    return api.requests.at(-1)?.headers["x-api-key"];
  };

  it("comes from the option, else the environment, else the local server's file", async () => {
    const env = { MCP_API_KEY: "from-env" };
    expect(await sent(["--api-key", "from-option"], { env, cwd: folder })).toBe("from-option");
    expect(await sent([], { env, cwd: folder })).toBe("from-env");
    expect(await sent([], { cwd: folder })).toBe("mcp_local_fromfile");
    expect(await sent([], { env: { MCP_DATA_DIR: join(folder, ".mcp") }, cwd: "/" })).toBe(
      "mcp_local_fromfile",
    );
    expect(await sent([], {})).toBeUndefined();
  });

  it("is not taken from the file for a server on another machine", async () => {
    const io = {
      stdout: { write: () => 0 },
      stderr: { write: () => 0 },
      env: {},
      isTTY: false,
      columns: 80,
      cwd: folder,
      readStdin: async () => "",
      showsProgress: false,
      onInterrupt: () => () => undefined,
    };
    expect((await findCredential(undefined, "https://mcp.example.com", io)).key).toBeUndefined();
    expect(["http://localhost:1", "http://127.0.0.1", "http://[::1]:2"].every(isLocal)).toBe(true);
    expect(
      ["http://127.0.0.1.example.com", "http://localhost.example.com", "x"].some(isLocal),
    ).toBe(false);
  });

  it("is asked for when there is none, and called invalid when there is", async () => {
    api.on("GET /keys/info", problem(401, "unauthenticated", "Send a valid API key."));
    expect((await mcp(["keys", "info"])).err).toBe(
      "No API key: pass --api-key, or set MCP_API_KEY.\n",
    );
    expect((await mcp(["--api-key", "k", "keys", "info"])).err).toContain(
      "unknown, revoked or expired",
    );
  });

  it("is never echoed", async () => {
    const { err } = await mcp([
      "--api-key=mcp_live_abcdefghij",
      "--mcp_live_klmnopqrstuv",
      "keys",
      "info",
    ]);
    expect(err).not.toMatch(/abcdefghij|klmnopqrstuv/);
    api.on("GET /keys/info", problem(400, "request_invalid", "You sent s3cret."));
    expect((await mcp(["--api-key", "s3cret", "keys", "info"])).err).not.toContain("s3cret");
  });

  it("is generated without a server, alone on its line", async () => {
    for (const environment of ["local", "test", "live"] as const) {
      const { code, out } = await runCli(["keys", "generate", "--environment", environment]);
      expect(code).toBe(0);
      expect(out.endsWith("\n")).toBe(true);
      expect(isWellFormedKey(out.trim(), environment)).toBe(true);
    }
    expect((await runCli(["keys", "generate"])).out).toMatch(/^mcp_local_/);
  });
});
