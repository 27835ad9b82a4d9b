/**
 * Ten million rows of Parquet: DuckDB alone on the local file against the data-lake source with a warm cache, in turns,
 * with the same limits. Prints the median of each and their ratio. `node bench/data-lake.ts [rounds]`
 */
import { join } from "node:path";
import { duckdbParser } from "../shared/adapters/data-lake/duckdb-parser.ts";
import { loadDuckdb } from "../shared/adapters/data-lake/engine.ts";
import type { ExecutionBudget, SourceAdapter } from "../shared/sources/ports.ts";
import { createDuckdbGuard } from "../shared/sql/duckdb/duckdb-guard.ts";
import { startLake } from "../tests/support/lake.ts";

const ROWS = 10_000_000;
const THREADS = 2;
const QUERIES = {
  "filtered aggregate":
    "SELECT region, count(*), sum(amount), avg(quantity) FROM sales WHERE day BETWEEN DATE '2021-01-01' AND DATE '2021-06-30' GROUP BY region ORDER BY region",
  "one row by a filter": "SELECT count(*) FROM sales WHERE id = 7654321",
  "100 000 rows": "SELECT id, region, amount, day FROM sales WHERE id < 100000",
} as const;
const GENERATE = `
  SELECT i AS id, 'region ' || (i % 50) AS region, ((i * 7919) % 100000 / 100.0)::DECIMAL(12,2) AS amount,
    DATE '2020-01-01' + (i // 10000)::INTEGER AS day, (hash(i) % 1000000)::INTEGER AS quantity
  FROM range(${ROWS}) t(i)`;

const rounds = Number(process.argv[2] ?? 15);
const lake = await startLake();
const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
const timed = async (work: () => Promise<unknown>) => {
  const started = performance.now();
  await work();
  return performance.now() - started;
};

async function drain(adapter: SourceAdapter, sql: string, budget: ExecutionBudget): Promise<void> {
  const stream = await adapter.execute({ sql, params: [] }, budget, new AbortController().signal);
  while ((await stream.read()) !== null);
}

try {
  await lake.write("sales.parquet", GENERATE);
  const { DuckDBInstance } = await loadDuckdb();
  // The very file that was uploaded: the first that the lake wrote.
  const path = join(lake.folder, "0");
  const raw = await DuckDBInstance.create(":memory:", { threads: `${THREADS}` });
  const connection = await raw.connect();
  await connection.run(`CREATE VIEW sales AS FROM read_parquet('${path}')`);
  const source = await lake.open({ threads: THREADS });
  const cold = await timed(() => source.run("SELECT count(*) FROM sales"));
  console.log(`first query, with the fetching of the file: ${cold.toFixed(0)} ms`);
  const large: ExecutionBudget = { maxRows: 1_000_000, maxBytes: 1_073_741_824, timeoutMs: 60_000 };
  for (const [name, sql] of Object.entries(QUERIES)) {
    const alone: number[] = [];
    const through: number[] = [];
    for (let round = -2; round < rounds; round++) {
      // DuckDB's rows as the driver's values, the source's as JSON text; the first rounds warm up.
      const a = await timed(async () => (await connection.streamAndReadAll(sql)).getRows());
      const b = await timed(() => drain(source.adapter, sql, large));
      if (round < 0) continue;
      alone.push(a);
      through.push(b);
    }
    const [one, two] = [median(alone), median(through)];
    console.log(
      `${name}: duckdb ${one.toFixed(1)} ms, source ${two.toFixed(1)} ms, ratio ${(two / one).toFixed(3)} (medians of ${rounds})`,
    );
  }
  const guard = createDuckdbGuard(duckdbParser);
  const checks = await timed(async () => {
    for (let i = 0; i < 200; i++) await guard.check(`${QUERIES["filtered aggregate"]} LIMIT ${i}`);
  });
  console.log(`guard: ${(checks / 200).toFixed(2)} ms a statement that was not seen before`);
  connection.closeSync();
  raw.closeSync();
} finally {
  await lake.stop();
}
