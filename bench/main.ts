/**
 * `npm run bench [-- load cached uncached first]`: the figures of the main job, each as a ratio from interleaved rounds
 * on this machine. Timings are noisy; the ratio within a round is what is compared, and the median over the rounds is
 * what is reported.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstQueries } from "./first-query.ts";
import { createShooter } from "./http-client.ts";
import { type OpenBench, openBench, startProcess } from "./open-bench.ts";
import { type Contender, interleave, median, type RoundResult } from "./rounds.ts";
import { HUNDRED_ROWS } from "./statements.ts";

const ROUNDS = 9;
const SHOTS = 1_500;
const LOADS = 9;

/** All parts where none is named. */
const wanted = (part: string): boolean =>
  process.argv.length === 2 || process.argv.slice(2).includes(part);

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "mcp-bench-"));
  execFileSync("chmod", ["755", folder]);
  try {
    if (wanted("load")) moduleLoad();
    if (["cached", "uncached", "first"].some(wanted)) await measure(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string): Promise<void> {
  const bench = await openBench(folder, "SELECT 1 AS one");
  try {
    if (wanted("cached")) await cachedQuery(bench);
    if (wanted("uncached"))
      for (const statement of STATEMENTS) await uncachedQuery(statement, bench);
    if (wanted("first")) await firstQueries(bench);
  } finally {
    await bench.stop();
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

async function cachedQuery({ platformUrl, key, env }: OpenBench): Promise<void> {
  const sql =
    "select order_id, customer_id, status, total_amount, ordered_at from orders order by order_id limit 100";
  const body = JSON.stringify({ sql, source: "demo" });
  const cached = createShooter({
    url: `${platformUrl}/api/query`,
    headers: { "x-api-key": key },
    body,
  });
  await cached.shoot();
  const answer = await cached.shoot();
  if (!answer.includes('"status":"hit"'))
    throw new Error("the query was not served from the cache");
  const bare = await startProcess("bare-server.ts", ["bytes", String(answer.length)], {});
  const plain = createShooter({ url: bare.url, body });
  const rows = JSON.stringify((JSON.parse(answer) as { rows: unknown }).rows);
  const sketch = await startProcess("sketch-server.ts", [key, sql, rows], {});
  const byHand = createShooter({ url: sketch.url, headers: { "x-api-key": key }, body });
  const sketchApp = await startProcess("platform-server.ts", ["bench/sketch-app.ts"], {
    ...env,
    SKETCH_KEY: key,
    SKETCH_SQL: sql,
    SKETCH_ROWS: rows,
  });
  const asFunction = createShooter({
    url: `${sketchApp.url}/api/sketch`,
    headers: { "x-api-key": key },
    body,
  });
  const rounds = await interleave(
    [
      { name: "bare", run: plain.run },
      { name: "sketch", run: byHand.run },
      { name: "function", run: asFunction.run },
      { name: "cached", run: cached.run },
    ],
    ROUNDS,
    SHOTS,
  );
  report(`cached query (${answer.length} bytes) against bare node:http`, rounds, [
    "bare",
    "sketch",
    "function",
    "cached",
  ]);
  const share = (name: string) =>
    median(rounds.map((round) => (round.rate[name] as number) / (round.rate.bare as number)));
  const over = (sketch: string) =>
    median(rounds.map((round) => (round.p50.cached as number) / (round.p50[sketch] as number)));
  console.log(
    `  requests per second over bare: cached ${share("cached").toFixed(3)} (must be >= 0.25), the same steps by hand over node:http ${share("sketch").toFixed(3)}, as an Azure Function ${share("function").toFixed(3)}; p50 cached over by hand: ${over("sketch").toFixed(2)}, over by hand as a function: ${over("function").toFixed(2)} (asked 1.0)`,
  );
  for (const one of [cached, plain, byHand, asFunction]) one.close();
  await Promise.all([bare.stop(), sketch.stop(), sketchApp.stop()]);
}

/** The statements whose uncached cost is measured, each against what its way over bare node:http and pg costs. */
const STATEMENTS = [
  { name: "SELECT 1", sql: "SELECT 1 AS one" },
  { name: "100 rows", sql: HUNDRED_ROWS },
];

async function uncachedQuery(
  { name, sql }: (typeof STATEMENTS)[number],
  { platformUrl, key, postgresUrl, env }: OpenBench,
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
    platform: createShooter({ url: `${platformUrl}/api/query`, headers, body }),
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

await main();
