/** What the first query after a start costs, by type of source: the host has warmed the instance up, as in Azure. */
import type { OpenBench } from "./open-bench.ts";
import { median } from "./rounds.ts";

const STARTS = 5;
const SOURCES = { postgres: "bench", embedded: "demo" };

/** The platform is started anew for each figure, so nothing may be measured on the one before after this. */
export async function firstQueries({ key, restart }: OpenBench): Promise<void> {
  const ms: Record<string, number[]> = {};
  for (let start = 0; start < STARTS; start++) {
    const url = await restart();
    for (const [type, source] of Object.entries(SOURCES)) {
      const started = performance.now();
      await ask(url, key, source);
      ms[type] = [...(ms[type] ?? []), performance.now() - started];
    }
  }
  const figures = Object.entries(ms).map(
    ([type, values]) => `${type} ${median(values).toFixed(0)} ms`,
  );
  console.log(`first query after start, median of ${STARTS} starts: ${figures.join(", ")}`);
}

async function ask(url: string, key: string, source: string): Promise<void> {
  const answer = await fetch(`${url}/api/query`, {
    method: "POST",
    headers: { "x-api-key": key, "content-type": "application/json" },
    body: JSON.stringify({ sql: "select 1 as one", source }),
  });
  if (answer.status !== 200) throw new Error(await answer.text());
  await answer.arrayBuffer();
}
