/** Figures beyond one aggregate of one column, values in other words, and what is shown of them. */
// covers: ASK-02, ASK-05, SEM-03

import { describe, expect, it } from "vitest";
import { loadDateReader } from "../../shared/adapters/chrono/date-reader.ts";
import { createAskEngine } from "../../shared/ask/engine.ts";
import { readCandidates } from "../../shared/ask/network/candidates.ts";
import { graphOf } from "../../shared/ask/network/graph.ts";
import { tokenise } from "../../shared/ask/tokens.ts";
import { modelSeen } from "../../shared/semantic/model-seen.ts";
import type { ColumnInfo, SourceSchema } from "../../shared/sources/ports.ts";
import { askedAt } from "../support/asked-at.ts";
import { shopNow, shopSchema } from "../support/shop-schema.ts";

const engine = createAskEngine(loadDateReader);
const packing: ColumnInfo = { name: "packing_seconds", type: "integer", nullable: true };
const rated: ColumnInfo = {
  name: "stars",
  type: "smallint",
  nullable: true,
  namedValues: [{ value: "5", synonyms: ["top marks"] }],
};

/** The shop with a run time, and with words for some of its values. */
const schema: SourceSchema = {
  ...shopSchema,
  tables: shopSchema.tables.map((table) =>
    table.name === "orders"
      ? { ...table, columns: [...table.columns.map(inOtherWords), packing, rated] }
      : table,
  ),
};
function inOtherWords(column: ColumnInfo): ColumnInfo {
  return column.name === "status"
    ? { ...column, namedValues: [{ value: "cancelled", synonyms: ["called off"] }] }
    : column;
}

async function sqlOf(question: string): Promise<readonly [string, readonly unknown[]]> {
  const outcome = await engine.ask({ question, schema, examples: [], now: shopNow });
  return outcome.kind === "answer"
    ? [outcome.sql.replaceAll("\n", " "), outcome.params]
    : [JSON.stringify(outcome), []];
}

describe("a column called after what is done to columns", () => {
  const owed: ColumnInfo = { name: "total_due", type: "numeric", nullable: true };
  const withTotals: SourceSchema = {
    ...schema,
    tables: schema.tables.map((table) =>
      table.name === "orders" ? { ...table, columns: [...table.columns, owed] } : table,
    ),
  };

  it.each([
    ["total due of orders", "select sum(total_due)"],
    ["average total due of orders", "select avg(total_due)"],
    ["what is the maximum total due of orders", "select max(total_due)"],
  ])("reads “%s” as one figure", async (question, begin) => {
    const outcome = await engine.ask({
      question,
      schema: withTotals,
      examples: [],
      now: shopNow,
    });
    expect(outcome.kind === "answer" ? outcome.sql : outcome.kind).toContain(begin);
  });

  it("sums it beside its average where both are asked for", async () => {
    const question = "average and total due of orders";
    const asked = { question, schema: withTotals, examples: [], now: shopNow };
    const outcome = await engine.ask(asked);
    const sql = outcome.kind === "answer" ? outcome.sql : outcome.kind;
    expect(sql).toContain("avg(total_due)");
    expect(sql).toContain("sum(total_due)");
  });
});

describe("parts of rows", () => {
  it.each([
    ["what share of orders were cancelled", "1.0 * "],
    ["what fraction of orders is cancelled", "1.0 * "],
    ["percentage of orders cancelled", "100.0 * "],
  ])("reads “%s” in its own scale", async (question, scale) => {
    expect(await sqlOf(question)).toEqual([
      `select ${scale}count(case when status = $1::text then 1 end) / nullif(count(*), 0) as ${scale === "1.0 * " ? "share" : "percent"} from orders`,
      ["cancelled"],
    ]);
  });

  it("takes what precedes the rows, and the period, as the whole, and what follows as the part", async () => {
    const [sql, params] = await sqlOf("share of EMEA customers without an email");
    expect(sql).toContain("count(case when email is null then 1 end) / nullif(count(*), 0)");
    expect(sql).toContain("where region = $1::text");
    expect(params).toEqual(["EMEA"]);
    const [dated] = await sqlOf("share of orders that were cancelled last month");
    expect(dated).toMatch(/case when status = \$1::text then.* where ordered_at >= \$2/);
  });

  it("takes what precedes as the part where nothing follows", async () => {
    const [sql] = await sqlOf("share of EMEA customers");
    expect(sql).toContain("count(case when region = $1::text then 1 end)");
    expect(sql).not.toContain("where");
  });

  it("counts some of the rows beside all of them", async () => {
    const [sql] = await sqlOf("number of orders and how many of them were cancelled");
    expect(sql).toContain(
      "select count(*) as count, count(case when status = $1::text then 1 end) as count_part",
    );
  });

  it("asks for nothing where the part is not said", async () => {
    expect((await sqlOf("what share of orders"))[0]).toContain("does not say which");
  });
});

describe("other figures", () => {
  it("reads medians and percentiles", async () => {
    expect((await sqlOf("median order amount"))[0]).toContain(
      "percentile_cont(0.5) within group (order by amount)",
    );
    expect((await sqlOf("p95 of the packing seconds"))[0]).toContain("percentile_cont(0.95)");
  });

  it("averages how many rows each of the others has, whatever the key leaves out", async () => {
    expect((await sqlOf("average number of orders per customer"))[0]).toBe(
      "select avg(count) as average_count from ( select count(*) as count from orders where customer_id is not null group by customer_id ) as counted",
    );
  });

  it("tells a figure of time in the unit asked for, and no other figure", async () => {
    expect((await sqlOf("average packing time in minutes"))[0]).toContain(
      "avg(packing_seconds) / 60.0",
    );
    expect((await sqlOf("average amount in minutes"))[0]).toContain("does not say that");
  });

  it("puts two values of one column side by side, and compares nothing else", async () => {
    const [sql, params] = await sqlOf("number of orders open versus shipped");
    expect(sql).toContain("select status, count(*) as count");
    expect(params).toEqual(["open", "shipped"]);
    expect((await sqlOf("orders versus customers"))[0]).toContain("cannot work out");
  });

  it("gives both ends of a figure, and the number before a ranking as how many", async () => {
    expect((await sqlOf("lowest and highest amount"))[0]).toBe(
      "select min(amount) as min_amount, max(amount) as max_amount from orders",
    );
    expect((await sqlOf("emails of the 3 newest customers"))[1]).toEqual([3]);
  });

  it("forgives a letter in a longer word of what to do, and calls nothing new without a time", async () => {
    expect((await sqlOf("averge order amount"))[0]).toContain("avg(amount)");
    expect((await sqlOf("new customers this month"))[0]).toContain("signed_up_at >=");
    expect((await sqlOf("new customers"))[0]).toContain("corresponds to “new”");
  });
});

describe("values in other words", () => {
  it("are read like the value, as text and as a number", async () => {
    expect((await sqlOf("how many orders were called off"))[1]).toEqual(["cancelled"]);
    const [sql, params] = await sqlOf("how many orders with top marks");
    expect(sql).toContain("stars = $1::numeric");
    expect(params).toEqual([5]);
  });

  it("are candidates of the network, in the spelling that is stored", () => {
    const graph = graphOf(schema);
    const found = readCandidates(tokenise("orders called off"), graph, askedAt(shopNow));
    const status = graph.columns.findIndex(
      (one) => one.info.namedValues?.[0]?.value === "cancelled",
    );
    expect(found.map((one) => one.stored.get(status))).toContain("cancelled");
  });

  it("are left out of a model shown to somebody who may not see the column's values", () => {
    const entry = { name: "status", synonyms: [], values: [{ value: "open", synonyms: ["new"] }] };
    const [table] = schema.tables;
    const [column] = table?.columns ?? [];
    if (table === undefined || column === undefined) throw new Error("the shop has customers");
    const shown = (seen: ColumnInfo) =>
      modelSeen(
        { tables: [], relationships: [], metrics: [], filters: [] },
        {
          tables: [
            {
              at: 0,
              table,
              entry: { name: "orders", synonyms: [], columns: [entry] },
              columns: [{ column: seen, entry }],
            },
          ],
          relationships: [],
          filters: [],
          metrics: [],
          faults: [],
        },
      ).tables[0]?.columns[0];
    expect(shown(column)).toEqual({ name: "status", synonyms: [] });
    expect(shown({ ...column, namedValues: entry.values })).toEqual(entry);
  });
});
