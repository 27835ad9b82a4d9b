/** The judge of SQL that nobody has run yet, in each dialect: what may run is sound, what may not has its class. */
// covers: LLM-03, LLM-05
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { duckdbParser } from "../../shared/adapters/data-lake/duckdb-parser.ts";
import { openSnowflakeGuard } from "../../shared/compose-snowflake.ts";
import { askCall } from "../../shared/query/ask-call.ts";
import type { OpenSource, SourceAdapter } from "../../shared/sources/ports.ts";
import { createDuckdbGuard } from "../../shared/sql/duckdb/duckdb-guard.ts";
import type { SqlGuards } from "../../shared/sql/ports.ts";
import { testContext } from "../support/call-context.ts";
import { openEmbeddedMetadata } from "../support/databases.ts";
import { startLake } from "../support/lake.ts";
import { openLlmBench } from "../support/llm-bench.ts";
import { openPolicies } from "../support/policy-bench.ts";
import { startSnowflakeBench } from "../support/snowflake-bench.ts";
import { quiet } from "../support/source-fixture.ts";

interface Opened {
  readonly adapter: SourceAdapter;
  readonly guards: SqlGuards;
  /** A table, and a column of it that holds text. */
  readonly table: string;
  readonly column: string;
  close(): Promise<void>;
}

const dialects: readonly (readonly [string, () => Promise<Opened>])[] = [
  ["PostgreSQL", openPostgres],
  ["DuckDB", openDuckdb],
  ["Snowflake", openSnowflake],
];

async function openPostgres(): Promise<Opened> {
  const metadata = await openEmbeddedMetadata();
  const bench = await openLlmBench({ db: metadata.db });
  return {
    adapter: bench.source.adapter,
    guards: bench.deps.guards,
    table: "orders",
    column: "status",
    close: async () => {
      await bench.close();
      await metadata.close();
    },
  };
}

async function openDuckdb(): Promise<Opened> {
  const lake = await startLake();
  await lake.write("sales.parquet", "SELECT range AS n, 'x' AS label FROM range(10)");
  const source = await lake.open({
    tables: [{ name: "sales", path: "sales.parquet", options: {} }],
  });
  const guard = createDuckdbGuard(duckdbParser);
  return {
    adapter: source.adapter,
    guards: { of: () => guard },
    table: "sales",
    column: "label",
    close: () => lake.stop(),
  };
}

async function openSnowflake(): Promise<Opened> {
  const bench = await startSnowflakeBench();
  const guard = await openSnowflakeGuard();
  const adapter = await bench.open();
  return {
    adapter,
    guards: { of: () => guard },
    table: "items",
    column: "region",
    close: () => bench.close(),
  };
}

describe.each(dialects)("in %s", (_, open) => {
  let opened: Opened;
  let judge: ReturnType<typeof askCall>["judge"];
  beforeAll(async () => {
    opened = await open();
    const record = { sourceId: "s", type: "x", config: {}, builtin: true, createdAt: "2026" };
    const source: OpenSource = { record, adapter: opened.adapter };
    const { ctx } = testContext();
    const schema = await opened.adapter.introspect(quiet());
    const access = await (await openPolicies()).engine.access(source, ctx.principal, schema);
    judge = askCall(opened, source, access, ctx).judge;
  });
  afterAll(() => opened.close());

  it("a statement that could run is sound", async () => {
    const { table, column } = opened;
    const verdict = await judge(
      `select count(*) from ${table} where ${column} = $1`,
      ["x"],
      quiet(),
    );
    expect(verdict).toMatchObject({
      kind: "sound",
      tables: [expect.stringMatching(new RegExp(table, "i"))],
    });
  });

  it("what could not run is told apart", async () => {
    const { table, column } = opened;
    const faults = async (sql: string) => {
      const verdict = await judge(sql, [], quiet());
      return verdict.kind === "sound" ? "sound" : verdict.fault;
    };
    expect(await faults("select from where")).toBe("syntax");
    expect(await faults(`delete from ${table}`)).toBe("refused");
    expect(await faults(`drop table ${table}`)).toBe("refused");
    expect(await faults("select * from nowhere")).toBe("unknown_table");
    expect(await faults(`select whales from ${table}`)).toBe("unknown_column");
    expect(await faults(`select * from ${table} where ${column} = $1`)).toBe("parameters");
  });
});
