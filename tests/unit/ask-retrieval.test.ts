/** What retrieval finds, what it carries into SQL and what it leaves alone; and how an answered question becomes a template. */
// covers: ASK-32, ASK-34

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadDateReader } from "../../shared/adapters/chrono/date-reader.ts";
import { generalise } from "../../shared/ask/generalise.ts";
import type { VerifiedExample } from "../../shared/ask/ports.ts";
import { createQuestionReader } from "../../shared/ask/read-question.ts";
import { retrieveExamples } from "../../shared/ask/retrieve-examples.ts";
import { indexSchema } from "../../shared/ask/schema-index.ts";
import { findLiterals } from "../../shared/ask/sql-literals.ts";
import { askedAt } from "../support/asked-at.ts";
import { shopNow, shopSchema } from "../support/shop-schema.ts";

const index = indexSchema(shopSchema);
const example = (
  question: string,
  sql: string,
  slots: readonly string[] = [],
): VerifiedExample => ({ exampleId: question, sourceId: "shop", question, sql, slots });
const retrieve = (asked: string, ...examples: VerifiedExample[]) =>
  retrieveExamples(asked, examples, index, 5, askedAt(shopNow));
const adapted = (question: string, sql: string, asked: string, slots: readonly string[] = []) => {
  const [best] = retrieve(asked, example(question, sql, slots));
  return best?.complete === true ? best.adapted : null;
};

describe("retrieval", () => {
  const examples = [
    example("takings of EMEA clients", "select 1 from orders"),
    example("shipping delay by week", "select 2 from orders"),
    example("customers without email", "select 3 from customers"),
  ];

  it("puts the example of the same words first, masked values and synonyms counting as the same", () => {
    const found = retrieve("takings of APAC customers", ...examples);
    expect(found[0]?.example.question).toBe("takings of EMEA clients");
    expect(found[0]?.similarity).toBeGreaterThan(0.8);
    expect(found[0]?.valueMapping).toEqual([{ from: "EMEA", to: "APAC" }]);
    expect(found[1]?.similarity).toBeLessThan(0.4);
  });

  it("gives the same list whatever order the examples come in, and no more than asked for", () => {
    const one = retrieve("takings by week", ...examples);
    const other = retrieve("takings by week", ...[...examples].reverse());
    expect(one).toEqual(other);
    expect(retrieveExamples("takings", examples, index, 2)).toHaveLength(2);
    expect(retrieveExamples("takings", [], index, 2)).toEqual([]);
  });

  it("finds a question and an example as alike, whatever else is taught", () => {
    const [own] = examples;
    const alone = retrieve("takings of APAC customers", own as VerifiedExample);
    const among = retrieve("takings of APAC customers", ...examples);
    expect(alone[0]?.example).toBe(own);
    expect(among[0]).toEqual(alone[0]);
  });

  it("gives likenesses between 0 and 1, and never throws, for any text", () => {
    const text = fc.oneof(fc.string({ unit: "binary", maxLength: 120 }), fc.string());
    fc.assert(
      fc.property(text, text, text, (question, sql, asked) => {
        for (const { similarity } of retrieve(asked, example(question, sql), ...examples)) {
          expect(similarity).toBeGreaterThanOrEqual(0);
          expect(similarity).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("values are carried into the SQL as parameters", () => {
  it.each([
    [
      "takings of EMEA clients",
      "select 1 from customers where region = 'EMEA' or region in ('EMEA', 'x')",
      "takings of North America customers",
      {
        sql: "select 1 from customers where region = $1 or region in ($2, 'x')",
        params: ["North America", "North America"],
      },
    ],
    [
      "big spenders above 500",
      "select 1 from orders where amount > 500",
      "big spenders over 1,200",
      { sql: "select 1 from orders where amount > $1", params: [1200] },
    ],
    [
      "takings in 2023",
      "select 1 from orders where ordered_at >= '2023-01-01' and ordered_at < date '2024-01-01'",
      "takings in May 2024",
      {
        sql: "select 1 from orders where ordered_at >= cast($1 as date) and ordered_at < cast($2 as date)",
        params: ["2024-05-01", "2024-06-01"],
      },
    ],
    [
      "takings in 2023",
      "select 1 from orders where extract(year from ordered_at) = 2023",
      "takings during 2024",
      { sql: "select 1 from orders where extract(year from ordered_at) = $1", params: [2024] },
    ],
    [
      "takings in March 2026",
      "select 1 from orders where ordered_at between '2026-03-01' and '2026-03-31'::timestamptz",
      "takings in February 2026",
      {
        sql: "select 1 from orders where ordered_at between cast($1 as date) and $2::timestamptz",
        params: ["2026-02-01", "2026-02-28"],
      },
    ],
    [
      "notes of 'Amber Bank'",
      "select 1 from customers where name = 'Amber Bank'",
      'notes of "O\'Neill; drop table x"',
      { sql: "select 1 from customers where name = $1", params: ["O'Neill; drop table x"] },
    ],
  ])("%s: %s → %s", (question, sql, asked, expected) => {
    expect(adapted(question, sql, asked)).toEqual(expected);
  });

  it("fills the slots of a template in its paraphrase", () => {
    const sql = "select 1 from orders where made_on = $1::date limit $2";
    expect(
      adapted("odd ones of {day:date} first {n:int}", sql, "odd ones yesterday, first 3", [
        "day",
        "n",
      ]),
    ).toEqual({ sql, params: ["2026-05-13", 3] });
  });

  it("fills a slot with a stored value only where the SQL compares it with a column that stores it", () => {
    const sql = (column: string) => `select 1 from customers where ${column} = $1::text`;
    const filled = (slot: string, column: string, asked: string) =>
      adapted(`odd takings of {x:${slot}}`, sql(column), asked, ["x"])?.params ?? null;
    expect(filled("value", "region", "the odd takings of EMEA")).toEqual(["EMEA"]);
    expect(filled("value", "name", "the odd takings of EMEA")).toBeNull();
    expect(filled("text", "name", "the odd takings of EMEA")).toBeNull();
    expect(filled("text", "name", "the odd takings of 'Amber Bank'")).toEqual(["Amber Bank"]);
    expect(filled("value", "region", "the odd takings of 'Amber Bank'")).toBeNull();
  });

  it.each([
    [
      "a number that the SQL holds twice",
      "big spenders above 2",
      "select round(1.5, 2) from orders where amount > 2",
      "big spenders above 3",
    ],
    [
      "a number that the SQL does not hold",
      "big spenders above 500",
      "select 1 from orders",
      "big spenders above 600",
    ],
    [
      "a value that no literal holds",
      "takings of EMEA clients",
      "select 1 from customers where region like 'E%'",
      "takings of APAC clients",
    ],
    [
      "a value of another column",
      "takings of EMEA clients",
      "select 1 from customers where region = 'EMEA'",
      "takings of shipped clients",
    ],
    [
      "a month where a year's number stands",
      "takings in 2023",
      "select extract(year from ordered_at) = 2023 from orders",
      "takings in May 2023",
    ],
    [
      "a moving period",
      "takings last month",
      "select 1 from orders where ordered_at >= now() - interval '1 month'",
      "takings last week",
    ],
    [
      "an open end where both were closed",
      "takings in 2023",
      "select 1 from orders where ordered_at >= '2023-01-01' and ordered_at < '2024-01-01'",
      "takings since 2024",
    ],
    [
      "one bound that is not there",
      "takings in 2023",
      "select 1 from orders where ordered_at >= '2023-01-01'",
      "takings in 2024",
    ],
    [
      "an interval's text",
      "big spenders above 5",
      "select interval '5' from orders",
      "big spenders above 6",
    ],
    [
      "more values than before",
      "takings of EMEA clients",
      "select 1 from customers where region = 'EMEA'",
      "takings of EMEA and APAC clients",
    ],
  ])("but not %s", (_what, question, sql, asked) => {
    expect(adapted(question, sql, asked)).toBeNull();
  });
});

describe("the literals of a statement", () => {
  it("are found beside comments, quoted names, dollar quotes, parameters and escapes", () => {
    const sql = `select "it's 1", $1, $$ 'x' 2 $$, E'y\\'z', x2, -- '3'\n /* '4' */ date '2026-01-01', 'it''s'::text, 5.5e3 from t`;
    expect(
      findLiterals(sql).map(({ kind, value, type, cast }) => [kind, value, type, cast]),
    ).toEqual([
      ["text", "2026-01-01", "date", false],
      ["text", "it's", null, true],
      ["number", "5.5e3", null, false],
    ]);
  });

  it("are none where a backslash may or may not be an escape", () => {
    expect(findLiterals("select 'a\\' or b = ' c'")).toEqual([]);
  });
});

describe("an answered question becomes a template", () => {
  const made = (
    question: string,
    sql: string,
    params: readonly (string | number | null)[],
    backslashes = false,
  ) => generalise({ question, sql, params, at: shopNow, backslashes }, askedAt(shopNow).dates);

  it("with a slot for a number that both hold once", () => {
    expect(made("Top 5 customers", "select 1 limit $1::bigint", [5])).toEqual({
      kind: "template",
      question: "Top {n1:int} customers",
      sql: "select 1 limit $1::bigint",
    });
  });

  it("with literals for values, numbers said twice, and years", () => {
    expect(
      made("5 orders above 5 of O'Neill in 2023", "select $1::text, $2, $3, '$4'", [
        "O'Neill",
        5,
        2023,
      ]),
    ).toMatchObject({ sql: "select 'O''Neill'::text, 5, 2023, '$4'" });
    expect(made("x", "select $1", ["a\\'b"], true)).toMatchObject({ sql: "select 'a\\\\''b'" });
  });

  it("with a period's slot where the period moves, whatever the order of the parameters", () => {
    expect(
      made("5 open orders of last month", "select 1 where a = $1 and b < $3 and b >= $2 limit $4", [
        "open",
        "2026-04-01T00:00:00.000Z",
        "2026-05-01T00:00:00.000Z",
        5,
      ]),
    ).toEqual({
      kind: "template",
      question: "{n4:int} open orders {when:period}",
      sql: "select 1 where a = 'open' and b < $3 and b >= $2 limit $1",
    });
  });

  it("not at all where the answer depends on the time in a way the question does not show", () => {
    expect(made("orders since yesterday", "select $1", ["2026-05-13"]).kind).toBe("unfit");
    expect(made("orders of {x}", "select 1", []).kind).toBe("unfit");
  });
});

describe("a template covers", () => {
  const questions = createQuestionReader(loadDateReader);
  const covers = (template: string, question: string) =>
    questions.covers(questions.parseTemplate(template).key, questions.keyOf(question));

  it("questions that have its words, whatever fills its slots, and no others", () => {
    expect(covers("top {n:int} customers", "Show me the top 4 customers?")).toBe(true);
    expect(covers("orders of {who:text} {when:period}", "orders of Amber Bank last month")).toBe(
      true,
    );
    expect(covers("orders {when:period}", "orders in 2025")).toBe(true);
    expect(covers("how many orders", "How many orders?")).toBe(true);
    expect(covers("top {n:int} customers", "top customers")).toBe(false);
    expect(covers("top {n:int} customers", "top 4 customers by name")).toBe(false);
    expect(covers("top {n:int} customers", "the best 4 customers")).toBe(false);
    expect(covers("a {x:text} b {y:text} c", "a one c two b")).toBe(false);
  });

  it("is told at once even for a question made to be hard to share out", () => {
    const slots = Array.from({ length: 30 }, (_, i) => `{s${i}:text}`).join(" ");
    expect(covers(`${slots} end`, `${"word ".repeat(190)} start`)).toBe(false);
  });
});
