/** Questions over the sample source that its catalogue cannot answer, and that its semantic model answers right. */
// covers: SEM-02, SEM-03, SEM-04, SEM-05, SEM-06, VAL-04

import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDateReader } from "../../shared/adapters/chrono/date-reader.ts";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { createAskEngine } from "../../shared/ask/engine.ts";
import { memoiseAsk } from "../../shared/ask/memoise.ts";
import { SemanticModel } from "../../shared/contract/semantic-model.ts";
import { demoDataSql } from "../../shared/demo/data-sql.ts";
import { demoSchemaSql } from "../../shared/demo/schema-sql.ts";
import { applyModel } from "../../shared/semantic/apply-model.ts";
import { compileModel } from "../../shared/semantic/compile-model.ts";
import { draftModel } from "../../shared/semantic/draft-model.ts";
import type { AppliedModel, StoredModel } from "../../shared/semantic/ports.ts";
import type { SourceSchema } from "../../shared/sources/ports.ts";
import type { SqlParser } from "../../shared/sql/ports.ts";
import { createSqlGuard } from "../../shared/sql/sql-guard.ts";
import { type AskBench, judge, tally } from "../support/ask-runner.ts";
import { demoCases, demoToday } from "../support/demo-questions.ts";
import { demoModel } from "../support/demo-semantics.ts";
import { introspectPglite } from "../support/introspect-pglite.ts";

let db: PGlite;
let parser: SqlParser;
let raw: SourceSchema;
let applied: AppliedModel;

const stored = (model: SemanticModel, version = 1): StoredModel => ({
  sourceId: "demo",
  version,
  digest: `sha256:${String(version).repeat(64)}`,
  model,
  createdAt: 0,
  createdBy: "test",
});

beforeAll(async () => {
  db = await PGlite.create();
  await db.exec(demoSchemaSql);
  await db.exec(demoDataSql(demoToday));
  parser = await createLibpgParser();
  raw = await introspectPglite(db);
  applied = applyModel(parser, stored(demoModel), raw);
}, 180_000);
afterAll(() => db?.close());

const bench = (model: AppliedModel | null = applied): AskBench => ({
  db,
  engine: createAskEngine(loadDateReader),
  schema: model?.schema ?? raw,
  examples: [],
  now: Date.parse(`${demoToday}T12:00:00Z`),
  ...(model !== null && { semantics: model.visibleTo(model.schema) }),
});

const month = "ordered_at >= '2026-04-01' and ordered_at < '2026-05-01'";
const net = "sum(o.total_amount) - sum(o.discount_amount)";
const loyal = "c.churned_at is null and c.signed_up_at < '2026-01-01'";

const cases = [
  {
    question: "net sales by region last month",
    sql: `select c.region, ${net} as net_sales from orders o join customers c using (customer_id) where o.status <> 'cancelled' and o.${month.replace("and ordered", "and o.ordered")} group by 1`,
  },
  {
    question: "what were our takings last month",
    sql: `select ${net} as net_sales from orders o where status <> 'cancelled' and ${month}`,
  },
  {
    question: "total net sales per month",
    sql: `select date_trunc('month', ordered_at, 'UTC') as month, ${net} as net_sales from orders o where status <> 'cancelled' group by 1`,
  },
  {
    question: "which region has the highest net sales",
    sql: `select c.region, ${net} as net_sales from orders o join customers c using (customer_id) where o.status <> 'cancelled' group by 1 order by 2 desc limit 1`,
  },
  {
    question: "top 5 customers by takings",
    sql: `select c.name, ${net} as net_sales from orders o join customers c using (customer_id) where o.status <> 'cancelled' group by c.customer_id order by 2 desc, 1 limit 5`,
  },
  {
    question: "AOV by channel",
    sql: "select channel, avg(total_amount) as average_order_value from orders group by 1",
  },
  {
    question: "AOV of enterprise customers",
    sql: "select avg(o.total_amount) as average_order_value from orders o join customers c using (customer_id) where c.tier = 'enterprise'",
  },
  {
    question: "failure rate by trigger",
    sql: "select trigger, count(*) filter (where status = 'failed') * 1.0 / count(*) as failure_rate from jobs group by 1",
  },
  {
    question: "how many loyal customers do we have",
    sql: `select count(*) as count from customers c where ${loyal}`,
  },
  {
    question: "faithful customers by region",
    sql: `select region, count(*) as count from customers c where ${loyal} group by 1`,
  },
  {
    question: "how many big deals last month",
    sql: `select count(*) as count from orders where total_amount >= 1000 and ${month}`,
  },
  {
    question: "net sales of loyal customers",
    sql: `select ${net} as net_sales from orders o join customers c using (customer_id) where o.status <> 'cancelled' and ${loyal}`,
  },
  {
    question: "how many logos do we have",
    sql: "select count(*) as count from customers",
  },
  {
    question: "deals by route to market",
    sql: "select channel, count(*) as count from orders group by 1",
  },
  {
    question: "total giveaways by channel",
    sql: "select channel, sum(discount_amount) as sum_discount_amount from orders group by 1",
  },
  {
    question: "reaction time by priority",
    sql: "select priority, max(first_response_minutes) as max_first_response_minutes from tickets group by 1",
  },
  {
    question: "customers by contract level",
    sql: "select tier, count(*) as count from customers group by 1",
  },
  {
    question: "how many jobs last week",
    sql: "select count(*) as count from jobs where started_at >= '2026-05-04' and started_at < '2026-05-11'",
  },
  {
    question: "how many customers are not loyal",
    sql: `select count(*) as count from customers c where not coalesce(${loyal}, false)`,
  },
  {
    question: "regions with net sales over 1000",
    sql: `select c.region from orders o join customers c using (customer_id) where o.status <> 'cancelled' group by 1 having ${net} > 1000`,
  },
];

describe("questions", () => {
  it("are answered right with the model, and not one of them is without it", async () => {
    const before = await judge(bench(null), cases);
    const after = await judge(bench(), cases);
    const wrong = after.filter(({ verdict }) => verdict !== "right");
    if (wrong.length > 0) console.log(wrong);
    expect(wrong).toEqual([]);
    console.log("without:", tally(before));
    expect(before.filter(({ verdict }) => verdict === "right").map((one) => one.question)).toEqual(
      [],
    );
  }, 120_000);

  it("that were answered right without a model are so with the draft, which takes nothing away", async () => {
    const before = await judge(bench(null), demoCases);
    const draft = applyModel(parser, stored(draftModel(raw)), raw);
    const after = await judge(bench(draft), demoCases);
    console.log({ before: tally(before), after: tally(after) });
    const lost = before.flatMap((one, at) =>
      one.verdict === "right" && after[at]?.verdict !== "right" ? [after[at]] : [],
    );
    expect(lost).toEqual([]);
  }, 120_000);

  it("ask for nothing of a metric that it cannot give", async () => {
    const ask = (question: string) =>
      createAskEngine(loadDateReader).ask({ ...bench(), question, examples: [] });
    expect(await ask("minimum net sales")).toMatchObject({ kind: "abstain" });
    expect(await ask("net sales and average order value by region")).toMatchObject({
      kind: "abstain",
      reason: "the question asks for figures that count different rows",
    });
  });

  it("are restated with the definitions that they were answered by", async () => {
    const outcome = await createAskEngine(loadDateReader).ask({
      ...bench(),
      question: "net sales of loyal customers",
      examples: [],
    });
    expect(outcome.kind === "answer" && outcome.restatement).toBe(
      "Net sales (sum(total_amount) - sum(discount_amount)), where orders are status <> 'cancelled' and customers are “loyal customers” (churned_at is null and signed_up_at < '2026-01-01')",
    );
  });

  it("become SQL that the guard allows, whatever the model names its columns", async () => {
    const guard = createSqlGuard(parser);
    for (const { question } of cases) {
      const outcome = await createAskEngine(loadDateReader).ask({
        ...bench(),
        question,
        examples: [],
      });
      expect(outcome.kind === "answer" && guard.check(outcome.sql).verdict).toBe("allow");
    }
  });

  it("are not answered from memory by a model that is no longer in force", async () => {
    const engine = memoiseAsk(createAskEngine(loadDateReader));
    const sqlWith = async (expression: string, version: number) => {
      const model = SemanticModel.parse({
        metrics: [{ name: "takings", table: "orders", expression }],
      });
      const now = applyModel(parser, stored(model, version), raw);
      const outcome = await engine.ask({
        ...bench(now),
        // The same objects but for the definitions: the version alone tells them apart.
        schema: raw,
        examples: NONE,
        question: "takings",
      });
      return outcome.kind === "answer" ? outcome.sql : outcome.reason;
    };
    expect(await sqlWith("sum(total_amount)", 1)).toContain("sum(total_amount)");
    expect(await sqlWith("max(total_amount)", 2)).toContain("max(total_amount)");
  });
});
const NONE: AskBench["examples"] = [];

describe("a model", () => {
  it("names every fault with its place and the nearest name there is", () => {
    const { faults } = compileModel(
      parser,
      SemanticModel.parse({
        tables: [
          { name: "ordrs" },
          { name: "orders", default_time_column: "status", columns: [{ name: "chanel" }] },
          { name: "Orders" },
        ],
        relationships: [
          { from: "orders.customer", to: "customers.customer_id" },
          { from: "x", to: "y.z" },
        ],
        metrics: [
          { name: "a", table: "orders", expression: "sum(total_amont)" },
          { name: "A", table: "nowhere", expression: "count(*)" },
        ],
        filters: [{ name: "f", table: "orders", condition: "(select true)" }],
      }),
      raw,
    );
    expect(faults.map(({ pointer, message }) => `${pointer}: ${message}`)).toEqual([
      "/tables/2/name: orders is there already",
      "/metrics/1/name: a is there already",
      "/tables/0/name: the source has no table ordrs (nearest: orders)",
      "/tables/1/default_time_column: status holds no date or time (text)",
      "/tables/1/columns/0/name: orders has no column chanel (nearest: channel)",
      "/relationships/0/from: orders has no column customer (nearest: customer_id)",
      "/relationships/1/from: x must be table.column",
      "/relationships/1/to: the source has no table y",
      "/filters/0/condition: a subquery is not allowed in it",
      "/metrics/0/expression: orders has no column total_amont (nearest: total_amount)",
      "/metrics/1/table: the source has no table nowhere",
    ]);
  });

  it("goes on with what still fits a schema that has changed", () => {
    const without: SourceSchema = {
      ...raw,
      tables: raw.tables.map((table) => ({
        ...table,
        columns: table.columns.filter(({ name }) => name !== "discount_amount"),
      })),
    };
    const now = applyModel(parser, stored(demoModel), without);
    const seen = now.visibleTo(now.schema);
    expect(seen.metrics.map(({ name }) => name)).toEqual(["average order value", "failure rate"]);
    expect(seen.filters).toHaveLength(3);
  });

  it("shows a caller no definition over a column that is hidden from him", () => {
    const hidden: SourceSchema = {
      ...applied.schema,
      tables: applied.schema.tables
        .filter(({ name }) => name !== "jobs")
        .map((table) => ({
          ...table,
          columns: table.columns.filter(({ name }) => name !== "churned_at"),
        })),
    };
    const seen = applied.visibleTo(hidden);
    expect(seen.metrics.map(({ name }) => name)).toEqual(["net sales", "average order value"]);
    expect(seen.filters.map(({ name }) => name)).toEqual(["big deals"]);
  });
});
