/** What a question leaves to custom: names for keys where it asks who, and keys where it asks for keys. */
// covers: ASK-08
import { describe, expect, it } from "vitest";
import { openNetwork, readAsset } from "../../shared/adapters/question-network/load-network.ts";
import { asAsked } from "../../shared/ask/network/as-asked.ts";
import { emptyProgram, type Program } from "../../shared/ask/network/program.ts";
import { renderProgram } from "../../shared/ask/network/render-program.ts";
import { askedAt } from "../support/asked-at.ts";
import { shopNow, shopSchema } from "../support/shop-schema.ts";

const { network } = await openNetwork(readAsset);

/** `select customer_id from orders group by customer_id order by count(*) desc`, as the question has it. */
function shown(question: string, more: Partial<Program> = {}): string {
  const reading = network.read(question, shopSchema, askedAt(shopNow));
  const { graph, candidates } = reading;
  const orders = graph.tables.findIndex(({ info }) => info.name === "orders");
  const key = graph.columns.findIndex(({ info }) => info.name === "customer_id");
  const program: Program = {
    ...emptyProgram,
    tables: [orders],
    select: [{ kind: "term", term: { column: key } }],
    group: [{ column: key }],
    order: [{ aggregate: "count", column: "*" }],
    descending: true,
    ...more,
  };
  const place = { graph, candidates, dialect: "postgres", preference: () => 0 } as const;
  return renderProgram(asAsked(program, reading), place).sql.replace(/\s+/g, " ");
}

describe("a group that has a row at least", () => {
  const having = (value: string): Partial<Program> => {
    const { candidates, graph } = network.read(
      `regions with at least ${value} customers`,
      shopSchema,
      askedAt(shopNow),
    );
    const at = candidates.findIndex(({ text }) => text === value);
    const region = graph.columns.findIndex(({ info }) => info.name === "region");
    return {
      tables: [graph.columns[region]?.table ?? 0],
      select: [{ kind: "term", term: { column: region } }],
      group: [{ column: region }],
      order: [],
      descending: false,
      having: [
        {
          joiner: "and",
          condition: {
            term: { aggregate: "count", column: "*" },
            operator: ">=",
            operand: { kind: "values", values: [at] },
          },
        },
      ],
    };
  };

  /** One of each region. */
  const numbered = (): Partial<Program> => {
    const { graph } = network.read("regions", shopSchema, askedAt(shopNow));
    return { per: graph.columns.findIndex(({ info }) => info.name === "region"), limit: 0 };
  };

  it("is shown once, and nothing is counted", () => {
    expect(shown("regions with at least 1 customers", having("1"))).toBe(
      "select distinct region from customers",
    );
    expect(shown("regions with at least 2 customers", having("2"))).toMatch(
      /group by region having count\(\*\) >= /,
    );
  });

  it("is counted where it is numbered, and where people may share a name", () => {
    expect(shown("the first customer of each region", { ...having("1"), ...numbered() })).toMatch(
      /having count\(\*\) >= /,
    );
    const { having: least = [] } = having("1");
    const people = shown("who placed at least 1 orders", { having: least, order: [] });
    expect(people).toMatch(
      /^select customers.name from .* group by orders.customer_id, customers.name having/,
    );
  });
});

describe("the customer with the most orders", () => {
  it.each([
    "who has the most orders",
    "which customer has the most orders",
    "which customer with the zip code 12345 has the most orders",
    "who has the most orders with product code X1",
    "which customer placed the largest number of orders",
  ])("is shown by name: %s", (question) => {
    expect(shown(question)).toMatch(/^select customers.name from customers join orders/);
  });

  it.each([
    "which customer id has the most orders",
    "the id of the customer who has the most orders",
    "ids of all the customers who placed orders, most orders first",
  ])("is shown by key where keys are asked for: %s", (question) => {
    expect(shown(question)).toMatch(/^select customer_id from orders/);
  });

  it("is the same one of several alike, however it is shown", () => {
    expect(shown("which customer id has the most orders")).toMatch(
      /count\(\*\) desc nulls last, customer_id desc nulls last$/,
    );
    expect(shown("who has the most orders")).toMatch(
      /count\(\*\) desc nulls last, orders.customer_id desc nulls last, customers.name desc nulls last$/,
    );
    expect(shown("who has the most orders", { ties: "ascending" })).toMatch(
      /count\(\*\) desc nulls last, orders.customer_id, customers.name$/,
    );
  });
});
