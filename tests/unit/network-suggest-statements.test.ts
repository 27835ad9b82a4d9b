/** Verified SQL that no program says is suggested as it is, over the question's own values and no others. */
// covers: ASK-35
import { describe, expect, it } from "vitest";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { openNetwork, readAsset } from "../../shared/adapters/question-network/load-network.ts";
import { usesOfSql } from "../../shared/ask/network/sql-uses.ts";
import { suggestionsFor } from "../../shared/ask/network/suggest.ts";
import { suggestStatements } from "../../shared/ask/network/suggest-examples.ts";
import type { AskedInput, VerifiedExample } from "../../shared/ask/ports.ts";
import { createSelectReader } from "../../shared/compose-network.ts";
import { askedAt } from "../support/asked-at.ts";
import { shopNow, shopSchema } from "../support/shop-schema.ts";

const { network } = await openNetwork(readAsset);
const readSql = createSelectReader(await createLibpgParser());

const example = (question: string, sql: string): VerifiedExample => ({
  ...{ exampleId: question, sourceId: "shop", question, sql, slots: [] },
});

function inputOf(question: string, known: VerifiedExample, more: Partial<AskedInput> = {}) {
  const input = { question, examples: [known], schema: shopSchema, now: askedAt(shopNow), ...more };
  return { input, reading: network.read(question, input.schema, input.now) };
}

function statements(question: string, known: VerifiedExample, more: Partial<AskedInput> = {}) {
  const { input, reading } = inputOf(question, known, more);
  return suggestStatements(reading, input, readSql).map(({ statement, worth }) => ({
    ...{ sql: statement.sql, params: statement.params, restatement: statement.restatement, worth },
  }));
}

const ranks = example(
  "rank of each EMEA customer by age of the account",
  "select name, rank() over (order by signed_up_at) from customers where region = 'EMEA'",
);
const idle = example(
  "customers of 2023 that never came back",
  "select name from customers c where not exists (select 1 from orders o where o.customer_id = c.id) and extract(year from signed_up_at) + 0 = 2023",
);

describe("verified SQL that no program says", () => {
  it("is suggested as it is where the question has the same values", () => {
    expect(statements("EMEA customers ranked by the age of their account", ranks)).toMatchObject([
      { sql: ranks.sql, params: [], restatement: `Like the verified question: ${ranks.question}` },
    ]);
  });

  it("takes the question’s values in the place of its own", () => {
    const [found] = statements("rank of each APAC customer by age of the account", ranks);
    expect(found?.sql).toContain("where region = $1");
    expect(found?.params).toEqual(["APAC"]);
    expect(found?.restatement).toContain("(with APAC for EMEA)");
  });

  it("keeps a value that its own question does not say either", () => {
    const late = example(
      "slow orders",
      "select id, now() - ordered_at from orders where status = 'open'",
    );
    expect(statements("which orders are slow", late)).toMatchObject([{ sql: late.sql }]);
  });

  it.each([
    ["another value has no certain place in it", "customers that never came back since May", idle],
    [
      "the question has a value more",
      "rank of each EMEA customer above 500 by age of the account",
      ranks,
    ],
    [
      "the question leaves rows out",
      "rank of each EMEA customer by age of the account excluding tests",
      ranks,
    ],
    [
      "a day may be said in other words",
      "who signed up between November 5th, 2007 and July 5th, 2009",
      example(
        "who signed up after September 7th, 1987",
        "select upper(name) from customers where signed_up_at > '1987-09-07'",
      ),
    ],
    ["the value is not said", "rank of each customer by age of the account", ranks],
    ["the question has nothing in common with it", "weather tomorrow", ranks],
    [
      "a program says it",
      "names of EMEA customers",
      example("EMEA customer names", "select name from customers where region = 'EMEA'"),
    ],
    [
      "its table is gone",
      "rank of clients",
      example("rank of clients", "select rank() over () from clients"),
    ],
    [
      "it is no query",
      "forget EMEA customers",
      example("forget EMEA customers", "delete from customers"),
    ],
  ])("is not suggested where %s", (_why, question, known) => {
    expect(statements(question, known)).toEqual([]);
  });

  it("is not suggested where a person called it wrong for this question", () => {
    const question = "EMEA customers ranked by the age of their account";
    expect(statements(question, ranks, { rejected: [ranks.sql] })).toEqual([]);
  });

  it("stands among the proposals, beside what the network finds", () => {
    const { input, reading } = inputOf("EMEA customers ranked by the age of their account", ranks);
    const proposals = network.propose(reading, suggestionsFor(readSql, reading, input, []));
    const own = proposals.filter((one) => one.statement !== undefined);
    expect(own).toMatchObject([{ found: false, score: Number.NEGATIVE_INFINITY }]);
    expect(own[0]?.suggested.example).toBeGreaterThan(0.5);
    expect(proposals.some((one) => one.found)).toBe(true);
  });
});

describe("what a statement makes use of", () => {
  it("is its tables, columns, values and conditions, whatever else it says", () => {
    const reading = network.read(
      "EMEA customers with orders above 500",
      shopSchema,
      askedAt(shopNow),
    );
    const { graph, candidates } = reading;
    const sql =
      "select c.name, rank() over (order by o.amount) from customers c join orders o on o.customer_id = c.id where c.region = 'EMEA' and o.amount > 500 and not exists (select 1 from tickets)";
    const { uses, values } = usesOfSql(readSql(sql) ?? {}, { graph, candidates, params: [] });
    const tables = [...uses.tables].map((at) => graph.tables[at]?.info.name).sort();
    const compared = uses.compared.map(([column, value]) => [
      graph.columns[column]?.info.name,
      candidates[value]?.text,
    ]);
    expect(tables).toEqual(expect.arrayContaining(["customers", "orders"]));
    expect(compared).toEqual([
      ["region", "EMEA"],
      ["amount", "500"],
    ]);
    expect(values).toEqual(expect.arrayContaining(["EMEA", "500"]));
    expect(uses).toMatchObject({ queries: 2, conditions: 2, selected: 2 });
  });
});
