/** A table or column that does not exist: every kind of source leads to the nearest names, and to no hidden one. */
// covers: QRY-20, QRY-21
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppError } from "../../shared/kernel/app-error.ts";
import type { Policy } from "../../shared/policy/ports.ts";
import { planSql } from "../../shared/query/plan-statement.ts";
import { restrictPlan } from "../../shared/query/restrict-plan.ts";
import { startStatement } from "../../shared/query/start-statement.ts";
import { collect } from "../../shared/sources/collect.ts";
import type { OpenSource, SourceAdapter } from "../../shared/sources/ports.ts";
import { postgresUrl } from "../support/databases.ts";
import { startLake } from "../support/lake.ts";
import { grant, openPolicies, principal } from "../support/policy-bench.ts";
import { openPostgresBench } from "../support/postgres-bench.ts";
import { startSnowflakeBench } from "../support/snowflake-bench.ts";
import { budget, quiet } from "../support/source-fixture.ts";

interface Opened {
  readonly adapter: SourceAdapter;
  close(): Promise<void>;
}

const call = { signal: quiet(), requestId: "r" };

/** What a caller is told who has the role `analyst`: everything where there is no policy. */
async function failureOf(adapter: SourceAdapter, sql: string, policies: readonly Policy[] = []) {
  const { engine, dialects } = await openPolicies(policies);
  const { check } = await dialects.of(adapter.dialect);
  const source: OpenSource = {
    record: { sourceId: "s", type: "x", config: {}, builtin: false, createdAt: "2026" },
    adapter,
  };
  const access = await engine.access(source, principal(), await adapter.introspect(quiet()));
  try {
    const plan = await restrictPlan(access, await planSql({ version: "1", check }, sql, []));
    await collect(startStatement(source, plan, budget(), call));
  } catch (error) {
    if (error instanceof AppError) return `${error.code}: ${error.detail}`;
    throw error;
  }
  return "no failure";
}

const openLake = async (): Promise<Opened> => {
  const lake = await startLake();
  await lake.write("items/a.parquet", "SELECT 1 AS item_id, 'x' AS name, 'y' AS state");
  await lake.write("teams/a.parquet", "SELECT 1 AS team_id, 'x' AS name");
  const { adapter } = await lake.open();
  return { adapter, close: () => lake.stop() };
};
const openPostgres = async (): Promise<Opened> => {
  const bench = await openPostgresBench();
  return { adapter: await bench.connect(), close: () => bench.close() };
};
const openSnowflake = async (): Promise<Opened> => {
  const bench = await startSnowflakeBench();
  return { adapter: await bench.open(), close: () => bench.close() };
};

interface Kind {
  readonly kind: string;
  readonly open: () => Promise<Opened>;
  readonly schema: string;
  /** As the dialect folds a name that is not quoted. */
  readonly fold: (name: string) => string;
  readonly skip?: boolean;
}

const lower = (name: string) => name;
const upper = (name: string) => name.toUpperCase();
const KINDS: readonly Kind[] = [
  {
    kind: "PostgreSQL",
    open: openPostgres,
    schema: "public",
    fold: lower,
    skip: postgresUrl === null,
  },
  { kind: "Data Lake", open: openLake, schema: "main", fold: lower },
  { kind: "Snowflake", open: openSnowflake, schema: "PUBLIC", fold: upper },
];

for (const { kind, open, schema, fold, skip = false } of KINDS)
  describe.skipIf(skip)(`an unknown name on ${kind}`, () => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await open();
    }, 60_000);
    afterAll(() => opened?.close());
    const ask = (sql: string, policies?: readonly Policy[]) =>
      failureOf(opened.adapter, sql, policies);

    it("is a table: the nearest, its line and its column", async () => {
      expect(await ask("select 'ä',\n 1 from itmes")).toContain(
        `table_not_found: Line 2, column 9: There is no table ${fold("itmes")}. The nearest: ${fold("items")}`,
      );
    });

    it("is a column: the nearest of the tables that are read, its line and its column", async () => {
      expect(await ask("select 'ä',\n nmae\nfrom teams")).toBe(
        `query_failed: Line 2, column 2: There is no column ${fold("nmae")}. The nearest: ${fold("name")}.`,
      );
      expect(await ask("select t.tema_id from teams t")).toContain(
        `There is no column ${fold("tema_id")}. The nearest: ${fold("team_id")}.`,
      );
      expect(await ask("select stat from items, teams")).toContain(
        kind === "Snowflake"
          ? `There is no column ${fold("stat")}.`
          : `There is no column ${fold("stat")}. The nearest: ${fold("items")}.${fold("state")}`,
      );
    });

    it("does not lead to a table or a column that the caller may not see, nor tell that it exists", async () => {
      const policies = [
        grant(fold("teams"), { schema, columns: { kind: "allow", names: [fold("team_id")] } }),
      ];
      for (const [hidden, missing] of [
        ["select * from items", "select * from itemz"],
        ["select name from teams", "select nam3 from teams"],
      ] as const) {
        const answer = await ask(hidden, policies);
        expect(answer).toContain("There is no");
        expect(answer.split("nearest: ")[1] ?? "").not.toMatch(/items|name/i);
        // The nearest go by how the name is spelled.
        const same = (text: string) => text.split(" The nearest")[0]?.toLowerCase();
        expect(same(answer.replace(/items/i, "itemz").replace(/name(?= here|\.$)/i, "nam3"))).toBe(
          same(await ask(missing, policies)),
        );
      }
      expect(await ask("select teem_id from teams", policies)).toMatch(
        new RegExp(`There is no column ${fold("teem_id")}.*The nearest: ${fold("team_id")}\\.`),
      );
    });
  });
