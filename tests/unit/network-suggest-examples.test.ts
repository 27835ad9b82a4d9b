/** What verified examples suggest for a question like theirs: programs over its own values, and nothing that it does not say. */
// covers: ASK-35
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { openNetwork, readAsset } from "../../shared/adapters/question-network/load-network.ts";
import type { Proposal } from "../../shared/ask/network/question-network.ts";
import { renderProgram } from "../../shared/ask/network/render-program.ts";
import { suggestionsFor } from "../../shared/ask/network/suggest.ts";
import { suggestFromExamples } from "../../shared/ask/network/suggest-examples.ts";
import type { AskedInput, VerifiedExample } from "../../shared/ask/ports.ts";
import { createSelectReader } from "../../shared/compose-network.ts";
import type { SourceSchema, TableInfo } from "../../shared/sources/ports.ts";
import { askedAt } from "../support/asked-at.ts";
import { shopNow, shopSchema } from "../support/shop-schema.ts";

const { network } = await openNetwork(readAsset);
const readSql = createSelectReader(await createLibpgParser());

const example = (
  question: string,
  sql: string,
  slots: readonly string[] = [],
): VerifiedExample => ({ exampleId: question, sourceId: "shop", question, sql, slots });

interface Suggested {
  readonly sql: string;
  readonly params: readonly unknown[];
  readonly worth: number;
}

function suggested(
  question: string,
  examples: readonly VerifiedExample[],
  more: Partial<AskedInput> = {},
): readonly Suggested[] {
  const input: AskedInput = {
    question,
    examples,
    schema: shopSchema,
    now: askedAt(shopNow),
    ...more,
  };
  const reading = network.read(question, input.schema, input.now);
  const { graph, candidates } = reading;
  const options = { graph, candidates, dialect: "postgres", preference: () => 0 } as const;
  return suggestFromExamples(reading, input, readSql).map(({ program, worth, origin }) => {
    expect(origin).toBe("example");
    const { sql, params } = renderProgram(program, options);
    return { sql: sql.replace(/\s+/g, " "), params, worth };
  });
}

const spenders = example(
  "clients in EMEA with an order above 500",
  "select distinct name from customers c join orders o on o.customer_id = c.id where region = 'EMEA' and amount > 500",
);
const spendersSql =
  "select distinct customers.name from customers join orders on orders.customer_id = customers.id where customers.region = $1::text and orders.amount > $2::bigint";

describe("an example like the question", () => {
  it("suggests its SQL with the question’s values", () => {
    const [first, ...more] = suggested("Which APAC customers placed orders over 900?", [spenders]);
    expect(first).toMatchObject({ sql: spendersSql, params: ["APAC", 900] });
    expect(first?.worth).toBeGreaterThan(0.5);
    expect(more).toEqual([]);
  });

  it("suggests it where the question has a value more, and leaves that out", () => {
    const [first] = suggested("names of 20 APAC customers with an order above 900", [spenders]);
    expect(first?.sql).toBe(spendersSql);
    expect(first?.params[0]).toBe("APAC");
  });

  it("is weighed with other readings only where it is likely to ask the same", () => {
    const weighed = (question: string) => {
      const input = { question, examples: [spenders], schema: shopSchema, now: askedAt(shopNow) };
      const reading = network.read(question, shopSchema, input.now);
      return suggestionsFor(readSql, reading, input, []).map(({ origin }) => origin);
    };
    expect(weighed("Which APAC customers placed orders over 900?")).toEqual(["example"]);
    expect(weighed("names of 20 APAC customers with an order above 900")).toEqual([]);
  });

  it("fills its slots, a period’s too", () => {
    const known = example(
      "average amount of orders {when:period}",
      "select avg(amount) from orders where ordered_at >= $1::timestamptz and ordered_at < $2::timestamptz",
      ["when_from", "when_to"],
    );
    expect(suggested("mean order amount last month", [known])[0]).toMatchObject({
      sql: "select avg(amount) as avg_amount from orders where ordered_at >= $1::timestamptz and ordered_at < $2::timestamptz",
      params: ["2026-04-01T00:00:00.000Z", "2026-05-01T00:00:00.000Z"],
    });
  });

  it("is worth less the less it is like the question, and comes later", () => {
    const known = [
      example(
        "number of customer emails by region",
        "select region, count(email) from customers group by region",
      ),
      example(
        "number of customers by region",
        "select region, count(*) from customers group by region",
      ),
    ];
    const found = suggested("how many customers are there in each region", known);
    expect(found.map(({ sql }) => /count\(.*?\)/.exec(sql)?.[0])).toEqual([
      "count(*)",
      "count(email)",
    ]);
    expect(found[0]?.worth).toBeGreaterThan(found[1]?.worth ?? 1);
  });

  it("suggests once what several examples say", () => {
    const known = [
      example(
        "number of customers by region",
        "select region, count(*) from customers group by region",
      ),
      example(
        "how many customers each region has",
        "SELECT c.region AS place, count(*) AS n FROM public.customers AS c GROUP BY 1",
      ),
    ];
    expect(suggested("customers per region", known)).toHaveLength(1);
  });

  it("suggests six at the most, the most like", () => {
    const others = ["name", "region", "signed_up_at", "id"].flatMap((column) => [
      example(`emails of customers here (${column})`, `select email, ${column} from customers`),
      example(`emails of customers there (${column})`, `select ${column}, email from customers`),
    ]);
    const known = [...others, example("emails of customers", "select email from customers")];
    const found = suggested("emails of customers", known);
    expect(found).toHaveLength(6);
    expect(found[0]?.sql).toBe("select email from customers");
  });
});

describe("an example suggests nothing", () => {
  it.each([
    ["whose value the question has nothing for", "customers with an order"],
    ["that has nothing in common with the question", "weather tomorrow"],
  ])("%s", (_what, question) => {
    expect(suggested(question, [spenders])).toEqual([]);
  });

  it.each([
    ["whose tables are gone", "select name from clients"],
    ["whose columns are gone", "select nickname from customers"],
    ["that no program can say", "select name, rank() over (order by id) from customers"],
    ["that is no query", "delete from customers"],
    ["that is two queries", "select name from customers; select 1"],
    ["that is no SQL", "select from where"],
    ["with slots that stay open", "select name from customers limit $1"],
  ])("%s", (_what, sql) => {
    const slots = sql.includes("$1") ? ["n"] : [];
    expect(suggested("names of the customers", [example("customer names", sql, slots)])).toEqual(
      [],
    );
  });

  it("that a person called wrong for this question", () => {
    const known = example("customer names", "select name from customers");
    const rejected = [known.sql];
    expect(suggested("names of customers", [known])).toHaveLength(1);
    expect(suggested("names of customers", [known], { rejected })).toEqual([]);
  });

  it("where a name may mean a table that the question was not shown", () => {
    const wide = (schema: string, name: string): TableInfo => ({
      ...{ schema, name, kind: "table", primaryKey: [], foreignKeys: [] },
      columns: Array.from({ length: 9 }, (_, at) => ({
        name: at === 0 ? "weight" : `c${at}`,
        type: "integer",
        nullable: true,
      })),
    });
    const many = Array.from({ length: 40 }, (_, at) => wide("zz", `zz${at}`));
    const known = [example("weight of parcels", "select weight from parcels")];
    const asked = (tables: SourceSchema["tables"]) =>
      suggested("weights of all parcels", known, { schema: { version: "w", tables } });
    expect(asked([...many, wide("public", "parcels")])).toHaveLength(1);
    expect(asked([...many, wide("public", "parcels"), wide("old", "parcels")])).toEqual([]);
  });

  it("and throws nothing, whatever its question and its SQL are", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.constantFrom("names of customers", "orders above 5", "select name from customers limit 5"),
    );
    fc.assert(
      fc.property(text, text, text, (asked, question, sql) => {
        expect(suggested(asked, [example(question, sql)]).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200 },
    );
  });
});

describe("an example that the network agrees with", () => {
  it("keeps the order of ties that a person verified", () => {
    const question = "Which region has the most customers?";
    const sql =
      "select region from customers group by region order by count(*) desc, region limit 1";
    const input: AskedInput = {
      question,
      examples: [example(question, sql)],
      schema: shopSchema,
      now: askedAt(shopNow),
    };
    const reading = network.read(question, input.schema, input.now);
    const suggestions = suggestFromExamples(reading, input, readSql);
    const isTaught = ({ suggested }: Proposal) => suggested.example > 0;
    const [taught] = network.propose(reading, suggestions).filter(isTaught);
    expect(taught).toMatchObject({ found: true, program: { ties: "ascending" } });
    const own = network.propose(reading).filter(({ score }) => score === taught?.score);
    expect(own.map(({ program }) => program?.ties)).toEqual([undefined]);
  });
});
