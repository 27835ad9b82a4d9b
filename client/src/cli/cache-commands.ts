/** `mcp cache …`: how the result cache does, and making it forget. */
import type { Command } from "commander";
import type { CacheStats } from "../contract-types.ts";
import { exitCodes, fail } from "./failure.ts";
import { collected, type Run } from "./run.ts";
import type { Session } from "./session.ts";
import { renderTable } from "./table.ts";
import { count, paint, percent, type View } from "./text.ts";

interface InvalidateOptions {
  readonly table?: readonly string[];
  readonly all?: boolean;
}

export function addCacheCommands(program: Command, run: Run): void {
  const cache = program.command("cache").description("look at the result cache, or make it forget");
  cache
    .command("stats")
    .description("show hits and misses")
    .action(
      run(async (session) => {
        session.print(await session.client.cacheStats(), renderStats);
        return undefined;
      }),
    );
  cache
    .command("invalidate")
    .description("forget cached results of a data source")
    .argument("<source>")
    .option(
      "--table <name>",
      "only results that read this table; may be given several times",
      collected,
    )
    .option("--all", "all of the source")
    .action(run(invalidate));
}

async function invalidate(
  session: Session,
  source: string,
  options: InvalidateOptions,
): Promise<undefined> {
  if ((options.table === undefined) === (options.all === undefined))
    fail(exitCodes.usage, "Say what to forget: --table <name> (once or more), or --all.");
  const request =
    options.table === undefined
      ? { source, all: true as const }
      : { source, tables: [...options.table] };
  session.print(
    await session.client.invalidate(request),
    (answer) =>
      `Forgot results of ${answer.source}: ${answer.invalidated.join(", ") || "none were there"}\n`,
  );
}

function renderStats(stats: CacheStats, view: View): string {
  const sources = [...Object.entries(stats.by_source), ["total", stats.total] as const];
  const models = Object.entries(stats.by_model ?? {});
  const ofModels = models.length === 0 ? "" : `\n${countsTable("model", models, view)}\n`;
  const here = stats.this_instance;
  return `${countsTable("source", sources, view)}\n${ofModels}${paint(view, "dim", `this instance: ${count(here.entries, "result")}, ${Math.round(here.bytes / 1024)} of ${Math.round(here.max_bytes / 1024)} KiB, ${count(here.evictions, "eviction")}`)}\n`;
}

function countsTable(
  of: string,
  rows: readonly (readonly [string, CacheStats["total"]])[],
  view: View,
): string {
  const numbers = ["hit rate", "hits", "misses", "bypasses", "stores"];
  return renderTable(
    [{ name: of }, ...numbers.map((name) => ({ name, align: "right" as const }))],
    rows.map(([name, counts]) => [
      name,
      percent(counts.hit_rate),
      counts.hits,
      counts.misses,
      counts.bypasses,
      counts.stores,
    ]),
    view,
  );
}
