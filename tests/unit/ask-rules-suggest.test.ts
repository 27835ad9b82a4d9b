// covers: ASK-21
/** Readings of the rules as programs: over the columns and values the network sees, and none where programs have no words. */
import { describe, expect, it } from "vitest";
import { loadDateReader } from "../../shared/adapters/chrono/date-reader.ts";
import { createAskEngine } from "../../shared/ask/engine.ts";
import { readCandidates } from "../../shared/ask/network/candidates.ts";
import { graphOf, type SchemaGraph } from "../../shared/ask/network/graph.ts";
import type { KeyPreference } from "../../shared/ask/network/join-tables.ts";
import { renderProgram } from "../../shared/ask/network/render-program.ts";
import { restateProgram } from "../../shared/ask/network/restate-program.ts";
import { suggestByRules } from "../../shared/ask/network/suggest-rules.ts";
import { inUsualOrder } from "../../shared/ask/network/usual-order.ts";
import type { AskSemantics } from "../../shared/ask/ports.ts";
import { normaliseText, tokenise } from "../../shared/ask/tokens.ts";
import { askedAt } from "../support/asked-at.ts";
import { shopNow, shopSchema } from "../support/shop-schema.ts";

const rules = createAskEngine(loadDateReader);
const { tables } = shopSchema;
const whole = graphOf(shopSchema);
const now = askedAt(shopNow);

interface Options {
  readonly graph?: SchemaGraph;
  readonly preference?: KeyPreference;
  readonly semantics?: AskSemantics;
}

function suggested(question: string, options: Options = {}) {
  const { graph = whole, preference = () => 0, semantics } = options;
  const input = { question, schema: shopSchema, examples: [], now };
  const { readings } = rules.answer(semantics === undefined ? input : { ...input, semantics });
  const tokens = tokenise(normaliseText(question));
  const candidates = readCandidates(tokens, graph, now);
  return suggestByRules({ tokens, graph, candidates }, readings, tables, preference).map((one) => {
    const shown = inUsualOrder(one.program, graph);
    const context = { graph, candidates, preference, dialect: "postgres" } as const;
    return {
      ...one,
      sql: renderProgram(shown, context).sql.replace(/\s+/g, " "),
      restatement: restateProgram(shown, graph, candidates),
    };
  });
}

const sqlOf = (question: string, options?: Options): readonly string[] =>
  suggested(question, options).map((one) => one.sql);

describe("what programs have words for", () => {
  it.each([
    [
      "total revenue per customer",
      "select customers.name, sum(orders.amount) as sum_amount from customers join orders on orders.customer_id = customers.id group by customers.id, customers.name order by sum(orders.amount) desc nulls last, customers.id, customers.name",
      "Sum of amount of orders for each customers’ name, highest or latest sum of amount first",
    ],
    [
      "customers without orders",
      "select * from customers where id not in ( select customer_id from orders ) order by signed_up_at desc nulls last, id",
      "Customers, where id is not among (customer id of orders), highest or latest signed up at first",
    ],
    [
      "orders of customers in EMEA or APAC",
      "select * from orders where customer_id in ( select id from customers where region = $1::text or region = $2::text ) order by ordered_at desc nulls last, id",
      "Orders, where customer id is among (id of customers, where region is EMEA or APAC), highest or latest ordered at first",
    ],
    [
      "how many customers with cancelled orders",
      "select count(distinct customers.id) as count_id from customers join orders on orders.customer_id = customers.id where orders.status = $1::text",
      "Number of customers, where orders’ status is cancelled",
    ],
    [
      "open or shipped orders over 500",
      "select * from orders where (status = $1::text and amount > $2::bigint) or (status = $3::text and amount > $4::bigint) order by ordered_at desc nulls last, id",
      "Orders, where status is open or shipped and amount is more than 500, highest or latest ordered at first",
    ],
  ])("%s", (question, sql, restatement) => {
    const [first] = suggested(question);
    expect(first).toMatchObject({ sql, restatement, origin: "rules" });
    expect(first?.worth).toBeGreaterThan(0.5);
  });

  it("shows moments as they pass, and ends what is sorted by a key so that it is always sorted the same", () => {
    expect(sqlOf("orders by month")[0]).toMatch(
      / order by date_trunc\('month', ordered_at, 'UTC'\)$/,
    );
    expect(sqlOf("different statuses of orders")[0]).toMatch(
      /^select distinct status .* order by status$/,
    );
    expect(sqlOf("orders of customers in EMEA sorted by amount")[0]).toMatch(
      / order by amount, id$/,
    );
  });

  it("gives every reading that is not the same program, the likeliest first", () => {
    const all = suggested("how many are open");
    expect(all.map(({ sql }) => / from (\w+)/.exec(sql)?.[1])).toEqual(
      expect.arrayContaining(["orders", "transfers"]),
    );
    expect(all.map((one) => one.worth)).toEqual(
      all.map((one) => one.worth).toSorted((left, right) => right - left),
    );
  });

  it("says a metric that is one plain aggregate, and no other", () => {
    const metric = (expression: AskSemantics["metrics"][number]["expression"]): AskSemantics => ({
      version: "1",
      filters: [],
      metrics: [
        {
          name: "turnover",
          synonyms: [],
          table: { schema: "public", name: "orders" },
          expression,
          filters: [],
        },
      ],
    });
    const plain = metric({ text: "sum(amount)", parts: ["sum(", { column: "amount" }, ")"] });
    const free = metric({
      text: "sum(amount) * 2",
      parts: ["sum(", { column: "amount" }, ") * 2"],
    });
    expect(sqlOf("turnover", { semantics: plain })).toEqual([
      "select sum(amount) as sum_amount from orders",
    ]);
    expect(sqlOf("turnover", { semantics: free })).toEqual([]);
  });
});

describe("what the network does not see", () => {
  const part = (...names: readonly string[]): SchemaGraph =>
    graphOf({ version: "part", tables: tables.filter(({ name }) => names.includes(name)) });

  it("is counted from where its own part of the schema begins", () => {
    expect(sqlOf("how many open orders", { graph: part("orders", "transfers") })).toContain(
      "select count(*) as count from orders where status = $1::text",
    );
  });

  it("has no program", () => {
    expect(sqlOf("total revenue per customer", { graph: part("orders") })).toEqual([]);
  });

  it("is no reason to put another value in the place of the one that was meant", () => {
    // Ten rows are the rules' own idea of how many a plural asks for.
    expect(sqlOf("top customers by revenue")).toEqual([]);
  });
});

describe("two keys between the same tables", () => {
  it.each(["from_id", "to_id"])("the one preferred, %s, is the one that is said", (wanted) => {
    const preference: KeyPreference = ({ links }) =>
      links.some(([from]) => whole.columns[from]?.info.name === wanted) ? 1 : 0;
    const all = sqlOf("transfers per customer", { preference });
    expect(all).toHaveLength(1);
    expect(all[0]).toContain(`transfers.${wanted} = customers.id`);
  });
});
