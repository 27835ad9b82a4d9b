/** `npm start` as a newcomer meets it: what it prints, what goes wrong, and that nothing is lost between two starts. */
// covers: HOST-01, HOST-02, OPS-01, OPS-02, KEY-09
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { freePort } from "../../local/ports.ts";
import { sweepChunks } from "../../scripts/build.ts";
import { makeDataDir } from "../support/databases.ts";
import { until } from "../support/local-host.ts";
import { newcomersEnv } from "../support/newcomers-env.ts";

interface Run {
  readonly child: ChildProcess;
  readonly port: number;
  output(): string;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
}

let folder: { path: string; remove(): Promise<void> };
const running: Run[] = [];

beforeAll(async () => {
  folder = await makeDataDir();
});
afterEach(async () => {
  for (const run of running.splice(0)) {
    run.child.kill("SIGKILL");
    await run.ended;
  }
});
afterAll(() => folder.remove());

async function launch(env: Record<string, string> = {}): Promise<Run> {
  const port = Number(env.PORT ?? (await freePort()));
  const child = spawn(process.execPath, ["local/start.ts", "--no-build"], {
    env: {
      ...newcomersEnv(),
      MCP_DATA_DIR: folder.path,
      PORT: String(port),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  const run: Run = {
    child,
    port,
    output: () => output,
    ended: once(child, "exit").then(([code]) => code as number | null),
  };
  running.push(run);
  return run;
}

/** Waits for the banner; fails with what was printed when the process ends first. */
async function ready(
  run: Run,
  dataDir = folder.path,
): Promise<{
  key: string;
  get(path: string, body?: unknown): Promise<{ status: number; body: Record<string, never> }>;
}> {
  await Promise.race([
    run.ended.then(() => Promise.reject(new Error(`ended before it was ready:\n${run.output()}`))),
    new Promise<void>((resolve) => {
      const look = () => run.output().includes("Ctrl-C stops everything") && resolve();
      run.child.stdout?.on("data", look);
      look();
    }),
  ]);
  const key = (await readFile(join(dataDir, "admin-key"), "utf8")).trim();
  return {
    key,
    get: async (path, body) => {
      const response = await fetch(`http://127.0.0.1:${run.port}/api/${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers: { "x-api-key": key, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, never> };
    },
  };
}

test("prints the functions, the dashboard, the key and a first request that works; Ctrl-C ends it cleanly", async () => {
  const run = await launch();
  const { key } = await ready(run);
  const text = run.output();
  for (const part of [
    "POST /api/query",
    "alert-dispatch",
    "0 * * * * *",
    `http://localhost:${run.port}/api/dashboard`,
    key,
  ])
    expect(text).toContain(part);
  const [, url = "", header = "", body = ""] =
    /curl -s (\S+) -H 'X-API-Key: (\S+)'[\s\S]*?-d '([^']+)'/.exec(text) ?? [];
  const answer = await fetch(url, {
    method: "POST",
    headers: { "x-api-key": header, "content-type": "application/json" },
    body,
  });
  expect(await answer.json()).toMatchObject({
    kind: "answer",
    source: "demo",
    cache: { status: "miss" },
  });
  expect((await stat(join(folder.path, "admin-key"))).mode & 0o777).toBe(0o600);
  run.child.kill("SIGHUP");
  expect((await fetch(`http://127.0.0.1:${run.port}/api/health/ready`)).status).toBe(200);
  run.child.kill("SIGINT");
  expect(await run.ended).toBe(0);
  expect(run.output().match(/^Stopping.*$/gm)).toEqual(["Stopping (SIGINT)…"]);
  await expect(stat(join(folder.path, "lock"))).rejects.toThrow();
  await expect(fetch(url)).rejects.toThrow();
});

test("what was registered is there after a start that follows a kill -9", async () => {
  const first = await launch();
  const before = await ready(first);
  const made = await before.get("models/register", { model_id: "survivor", backend: "local" });
  expect(made.status).toBe(201);
  first.child.kill("SIGKILL");
  await first.ended;
  const second = await launch();
  const after = await ready(second);
  expect(after.key).toBe(before.key);
  expect((await after.get("models/survivor")).body).toMatchObject({
    model_id: "survivor",
    version: 1,
  });
  expect(
    (await after.get("query", { sql: "select count(*) > 10000 as many from jobs" })).body,
  ).toMatchObject({ rows: [{ many: true }] });
});

test("the example settings start, with the emulator they name and an alert that passes through it", async () => {
  const example = JSON.parse(await readFile("local.settings.example.json", "utf8")) as {
    Values: Record<string, string>;
  };
  expect(example.Values.AzureWebJobsStorage).toBe("UseDevelopmentStorage=true");
  const run = await launch({ ...example.Values, MCP_DATA_DIR: folder.path });
  const { get } = await ready(run);
  const sent = await get("alerts/test", { channels: ["console"] });
  expect(sent.status).toBe(202);
  await until("the delivery", async () =>
    JSON.stringify((await get("alerts/incidents")).body).includes(`"state":"sent"`),
  );
  run.child.kill("SIGTERM");
  expect(await run.ended).toBe(0);
  expect(run.output()).toContain("Stopping (SIGTERM)…");
});

test("the sample source starts with a model of its own, and without it once somebody removed it", async () => {
  const fresh = await makeDataDir();
  const path = "sources/demo/semantic-model";
  const first = await launch({ MCP_DATA_DIR: fresh.path });
  const { key, get } = await ready(first, fresh.path);
  const headers = { "x-api-key": key };
  const read = async (port: number) =>
    (await fetch(`http://127.0.0.1:${port}/api/${path}`, { headers })).status;
  expect(await read(first.port)).toBe(200);
  const asked = await get("query", { question: "how many clients signed up last month" });
  expect(asked.body).toMatchObject({ semantic_model: expect.stringMatching(/^1-/) });
  const removed = await fetch(`http://127.0.0.1:${first.port}/api/${path}`, {
    method: "DELETE",
    headers,
  });
  expect(removed.status).toBe(204);
  first.child.kill("SIGKILL");
  await first.ended;
  const second = await launch({ MCP_DATA_DIR: fresh.path });
  await ready(second, fresh.path);
  expect(await read(second.port)).toBe(404);
  await fresh.remove();
});

test("the application makes the admin key once, says where it is, and never writes it to a log", async () => {
  const fresh = await makeDataDir();
  const file = join(fresh.path, "admin-key");
  const first = await launch({ MCP_DATA_DIR: fresh.path });
  await ready(first);
  const key = (await readFile(file, "utf8")).trim();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(first.output()).toContain("an admin key was made");
  const logged = first
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"));
  expect(logged.join()).not.toContain(key);
  first.child.kill("SIGINT");
  await first.ended;
  const second = await launch({ MCP_DATA_DIR: fresh.path });
  await ready(second);
  expect(second.output()).toContain(key);
  expect(second.output()).not.toContain("an admin key was made");
  second.child.kill("SIGINT");
  await second.ended;
  await writeFile(file, "nonsense");
  const third = await launch({ MCP_DATA_DIR: fresh.path });
  expect(await third.ended).toBe(1);
  expect(third.output().trim()).toBe(
    `${file} does not hold an API key: remove the file to have a new one made.`,
  );
  await fresh.remove();
});

test("a build sweeps chunks that nobody may need any more, and no others", async () => {
  const chunks = join(folder.path, "chunks");
  await mkdir(chunks);
  const now = Date.now();
  const ages = { "current.mjs": 120, "recent.mjs": 59, "stale.mjs": 61 };
  for (const [name, minutes] of Object.entries(ages)) {
    await writeFile(join(chunks, name), "");
    await utimes(join(chunks, name), new Date(now), new Date(now - minutes * 60_000));
  }
  await sweepChunks(chunks, ["current.mjs"], now);
  expect((await readdir(chunks)).sort()).toEqual(["current.mjs", "recent.mjs"]);
});

test("a second copy on the same data folder is refused in one sentence and harms nothing", async () => {
  const first = await launch();
  const { get } = await ready(first);
  const second = await launch();
  expect(await second.ended).toBe(1);
  expect(second.output().trim()).toMatch(/^The data folder .* is in use by process \d+: .*\.$/);
  expect((await get("health/ready")).status).toBe(200);
});

test("a busy port is one clear sentence", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const run = await launch({ PORT: String(port) });
  expect(await run.ended).toBe(1);
  expect(run.output().trim()).toBe(
    `Port ${port} is taken: stop what listens there, or choose another with PORT=7072 npm start.`,
  );
  server.close();
});

test("broken settings are all named, and no value is shown", async () => {
  const run = await launch({
    CACHE_TTL_SECONDS: "soon-s3cret",
    SMTP_URL: "http://s3cret",
    PORT: "7999",
  });
  expect(await run.ended).toBe(1);
  expect(run.output()).toContain("CACHE_TTL_SECONDS");
  expect(run.output()).toContain("SMTP_URL");
  expect(run.output()).not.toContain("s3cret");
  expect(run.output()).not.toContain("    at ");
});

test("a data folder that is no folder, and one that is damaged, are one clear sentence each", async () => {
  const file = join(folder.path, "not-a-folder");
  await writeFile(file, "x");
  const first = await launch({ MCP_DATA_DIR: file });
  expect(await first.ended).toBe(1);
  expect(first.output().trim()).toMatch(
    /^The data folder .* cannot be used \(\w+\): move what is there away, or set MCP_DATA_DIR\.$/,
  );

  const damaged = await makeDataDir();
  await writeFile(join(damaged.path, "metadata", "PG_VERSION"), "nonsense");
  await mkdir(join(damaged.path, "metadata", "global"), { recursive: true });
  await writeFile(join(damaged.path, "metadata", "global", "pg_control"), "nonsense");
  const second = await launch({ MCP_DATA_DIR: damaged.path });
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain(
    `If the data in ${damaged.path} are damaged, move that folder away to begin afresh.`,
  );
  await damaged.remove();
});
