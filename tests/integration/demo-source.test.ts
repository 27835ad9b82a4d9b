/** The demo source on PGlite: its size, its shape over time, and the SQL of its examples. */
// covers: SRC-06, ASK-01
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { namesOnlyKnownTables } from "../../shared/ask/sql-tables.ts";
import { demoClearSql, demoDataSql } from "../../shared/demo/data-sql.ts";
import { demoExamples } from "../../shared/demo/examples.ts";
import { demoSchemaSql } from "../../shared/demo/schema-sql.ts";
import type { SourceSchema } from "../../shared/sources/ports.ts";
import { demoToday } from "../support/demo-questions.ts";
import { introspectPglite } from "../support/introspect-pglite.ts";

let db: PGlite;
let schema: SourceSchema;
const value = async (sql: string): Promise<unknown> =>
  Object.values((await db.query<Record<string, unknown>>(sql)).rows[0] ?? {})[0];

beforeAll(async () => {
  db = await PGlite.create();
  const started = performance.now();
  await db.exec(demoSchemaSql);
  await db.exec(demoDataSql(demoToday));
  console.log(`demo source built in ${Math.round(performance.now() - started)} ms`);
  schema = await introspectPglite(db);
}, 60_000);
afterAll(() => db.close());

describe("demo source", () => {
  it("has at least 8 related tables, 50,000 rows, and a comment on every table", () => {
    expect(schema.tables.length).toBeGreaterThanOrEqual(8);
    expect(
      schema.tables.reduce((sum, table) => sum + (table.estimatedRows ?? 0), 0),
    ).toBeGreaterThan(50_000);
    expect(schema.tables.every((table) => table.comment !== undefined)).toBe(true);
    expect(schema.tables.flatMap((table) => table.foreignKeys).length).toBeGreaterThanOrEqual(12);
  });

  it("has nothing after the end of its day but jobs scheduled for the next", async () => {
    for (const table of schema.tables) {
      for (const column of table.columns.filter((one) => /^(date|timestamp)/.test(one.type))) {
        const allowed =
          table.name === "jobs" && column.name === "scheduled_for" ? "2026-05-16" : "2026-05-15";
        const late = await value(
          `select count(*) from ${table.name} where ${column.name} >= '${allowed}T00:00:00Z'`,
        );
        const early = await value(
          `select count(*) from ${table.name} where ${column.name} < '2025-04-01T00:00:00Z'`,
        );
        expect([table.name, column.name, Number(late), Number(early)]).toEqual([
          table.name,
          column.name,
          0,
          0,
        ]);
      }
    }
  });

  it("has 10 to 60 active jobs today, and every other state too", async () => {
    const today =
      "scheduled_for >= '2026-05-14T00:00:00Z' and scheduled_for < '2026-05-15T00:00:00Z'";
    const active = Number(
      await value(`select count(*) from jobs where status = 'active' and ${today}`),
    );
    expect(active).toBeGreaterThanOrEqual(10);
    expect(active).toBeLessThanOrEqual(60);
    expect(Number(await value(`select count(distinct status) from jobs where ${today}`))).toBe(5);
  });

  it("keeps each row's moments in order", async () => {
    expect(
      Number(
        await value(
          "select count(*) from jobs where started_at < scheduled_for or finished_at < started_at",
        ),
      ),
    ).toBe(0);
    expect(Number(await value("select count(*) from orders where shipped_at < ordered_at"))).toBe(
      0,
    );
    expect(Number(await value("select count(*) from tickets where resolved_at < created_at"))).toBe(
      0,
    );
    expect(
      Number(await value("select count(*) from customers where churned_at < signed_up_at")),
    ).toBe(0);
    expect(
      Number(
        await value(
          "select count(*) from model_versions v join models m using (model_id) where released_at < created_at",
        ),
      ),
    ).toBe(0);
  });

  it("adds up: an order's total and discount are its lines", async () => {
    const wrong =
      "select count(*) from orders o join (select order_id, sum(quantity * unit_price) gross from order_items group by 1) i using (order_id) where total_amount + discount_amount <> gross";
    expect(Number(await value(wrong))).toBe(0);
  });

  it("sells less at weekends and more than a year ago", async () => {
    expect(
      Number(
        await value(
          "select count(*) filter (where extract(isodow from ordered_at) > 5) * 5.0 / (count(*) filter (where extract(isodow from ordered_at) <= 5) * 2.0) from orders",
        ),
      ),
    ).toBeLessThan(0.7);
    expect(
      Number(
        await value(
          "select count(*) filter (where ordered_at >= '2026-04-01') * 1.0 / count(*) filter (where ordered_at < '2025-06-01') from orders",
        ),
      ),
    ).toBeGreaterThan(1.5);
  });

  it("gives the same rows every time, and has active jobs on a Sunday too", async () => {
    const digest = "select md5(string_agg(o::text, '' order by order_id)) from orders o";
    const before = await value(digest);
    await db.exec(`begin; ${demoClearSql} ${demoDataSql(demoToday)}`);
    const again = await value(digest);
    await db.exec(`rollback; begin; ${demoClearSql} ${demoDataSql("2026-05-17")}`);
    const active = await value(
      "select count(*) from jobs where status = 'active' and scheduled_for >= '2026-05-17T00:00:00Z'",
    );
    await db.exec("rollback");
    expect(again).toBe(before);
    expect(Number(active)).toBeGreaterThanOrEqual(10);
  }, 60_000);

  it.each(["2026-02-30", "today", "2026-05-14'; drop table orders; --", ""])(
    "refuses a day that is none: %j",
    (day) => {
      expect(() => demoDataSql(day)).toThrow(RangeError);
    },
  );

  it("has examples whose SQL runs, reads known tables, and uses each slot", async () => {
    const samples: Readonly<Record<string, unknown>> = {
      int: 3,
      text: "Amber Bank",
      date: "2026-05-01",
      value: "EMEA",
    };
    expect(demoExamples.length).toBeGreaterThanOrEqual(25);
    expect(new Set(demoExamples.map((one) => one.exampleId)).size).toBe(demoExamples.length);
    for (const example of demoExamples) {
      const params = example.slots.map(
        (slot) => samples[new RegExp(`\\{${slot}:(\\w+)\\}`).exec(example.question)?.[1] ?? ""],
      );
      expect(params.every((one) => one !== undefined)).toBe(true);
      expect(namesOnlyKnownTables(example.sql, schema), example.exampleId).toBe(true);
      await expect(db.query(example.sql, params), example.exampleId).resolves.toBeDefined();
    }
  });
});
