/** The embedded default: the sample source, built from its seed and kept relative to today. */

import type { EmbeddedDatabase } from "./adapters/pglite/client.ts";
import { createPgliteSource } from "./adapters/pglite/pglite-source.ts";
import type { Config } from "./config.ts";
import { demoClearSql, demoDataSql } from "./demo/data-sql.ts";
import { demoSchemaSql } from "./demo/schema-sql.ts";
import type { Clock } from "./kernel/clock.ts";
import { sha256Hex } from "./kernel/digest.ts";
import type { OpenSource } from "./sources/ports.ts";

export interface DemoOptions {
  readonly config: Pick<Config, "MCP_DATA_DIR" | "DEMO_SOURCE">;
  readonly clock: Clock;
  /** Told when the rows were made anew, so that cached results of the day before are dropped. */
  readonly onRebuilt: () => Promise<void>;
}

export function composeBuiltins(options: DemoOptions): readonly OpenSource[] {
  if (!options.config.DEMO_SOURCE) return [];
  const adapter = createPgliteSource({
    sourceId: "demo",
    dataDir: `${options.config.MCP_DATA_DIR}/demo`,
    schemas: ["public"],
    prepare: keepCurrent(options),
  });
  const record = {
    sourceId: "demo",
    type: "embedded",
    config: { value_index: { enabled: true } },
    builtin: true,
    createdAt: "2026-01-01T00:00:00.000Z",
  } as const;
  return [{ record, adapter }];
}

/** Changes with the sample's definition, so that an upgrade rebuilds it. */
const revision = sha256Hex(demoSchemaSql + demoDataSql("2000-01-01")).slice(0, 12);

/** The marker is written in the transaction that makes the rows: a process killed half-way leaves the old ones. */
function keepCurrent({
  clock,
  onRebuilt,
}: DemoOptions): (database: EmbeddedDatabase) => Promise<void> {
  let current = "";
  let building: Promise<void> | null = null;
  return async (database) => {
    const today = new Date(clock.now()).toISOString().slice(0, 10);
    if (current === today) return;
    building ??= rebuild(database, today)
      .then(async (rebuilt) => {
        current = today;
        if (rebuilt) await onRebuilt();
      })
      .finally(() => {
        building = null;
      });
    await building;
  };
}

async function rebuild(database: EmbeddedDatabase, today: string): Promise<boolean> {
  return database.exclusively(async (run) => {
    const script = (sql: string) => run({ sql, params: [], mode: "script" });
    await script(
      "create schema if not exists demo_state; create table if not exists demo_state.marker (revision text not null, day text not null)",
    );
    const { rows } = await run({
      sql: "select revision, day from demo_state.marker",
      params: [],
      mode: "rows",
    });
    const [marker] = rows as { revision: string; day: string }[];
    if (marker?.revision === revision && marker.day === today) return false;
    const schema =
      marker?.revision === revision
        ? demoClearSql
        : `drop schema public cascade; create schema public; ${demoSchemaSql}`;
    await script("begin");
    try {
      await script(`${schema}\n${demoDataSql(today)}`);
      await run({ sql: "delete from demo_state.marker", params: [], mode: "rows" });
      await run({
        sql: "insert into demo_state.marker values ($1, $2)",
        params: [revision, today],
        mode: "rows",
      });
      await script("commit");
    } catch (error) {
      await script("rollback");
      throw error;
    }
    return true;
  });
}
