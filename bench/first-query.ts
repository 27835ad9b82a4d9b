/** What the first query after a start costs, by type of source: the host has warmed the instance up, as in Azure. */
import { openFirstSources } from "./first-sources.ts";
import type { OpenBench } from "./open-bench.ts";
import { median } from "./rounds.ts";

const STARTS = 5;

/** The platform is started anew for each figure, so nothing may be measured on the one before after this. */
export async function firstQueries(bench: OpenBench): Promise<void> {
  const more = await openFirstSources(bench);
  try {
    const sources = { postgres: "bench", embedded: "demo", ...more.sources };
    const ms: Record<string, number[]> = {};
    for (let start = 0; start < STARTS; start++) {
      const url = await bench.restart();
      for (const [type, source] of Object.entries(sources)) {
        const started = performance.now();
        await ask(url, bench.key, source);
        ms[type] = [...(ms[type] ?? []), performance.now() - started];
      }
    }
    const figures = Object.entries(ms).map(
      ([type, values]) => `${type} ${median(values).toFixed(0)} ms`,
    );
    console.log(`first query after start, median of ${STARTS} starts: ${figures.join(", ")}`);
  } finally {
    await more.stop();
  }
}

/** Of a table where there is one: a lake fetches files for it, Snowflake sends rows. */
const STATEMENTS: Readonly<Record<string, string>> = {
  lake: "select count(*) as one from days",
  snow: "select count(*) as one from teams",
};

async function ask(url: string, key: string, source: string): Promise<void> {
  const answer = await fetch(`${url}/api/query`, {
    method: "POST",
    headers: { "x-api-key": key, "content-type": "application/json" },
    body: JSON.stringify({ sql: STATEMENTS[source] ?? "select 1 as one", source }),
  });
  if (answer.status !== 200) throw new Error(await answer.text());
  await answer.arrayBuffer();
}
