/** SQL becomes a program that says the same, or none: nothing the language has no words for is read as if it were not there. */
// covers: ASK-08
import { describe, expect, it } from "vitest";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import type { ValueCandidate } from "../../shared/ask/network/candidates.ts";
import { Unsupported } from "../../shared/ask/network/parsed-sql.ts";
import { readProgram, writeProgram } from "../../shared/ask/network/program.ts";
import { renderProgram } from "../../shared/ask/network/render-program.ts";
import { programOf, type ReadOptions } from "../../shared/ask/network/sql-to-program.ts";
import { createSelectReader } from "../../shared/compose-network.ts";
import { candidate, madeGraph } from "../support/network/shop.ts";

const readSql = createSelectReader(await createLibpgParser());
const graph = madeGraph("shop");
const candidates = [..."paid,open,3,10,Acme,true,false,0,-5".split(","), "1"].map((text) =>
  candidate(text),
);

function read(
  sql: string,
  options: ReadOptions = {},
  values: readonly ValueCandidate[] = candidates,
) {
  const select = readSql(sql);
  if (select === undefined) throw new Error(`no SQL: ${sql}`);
  return programOf(select, graph, values, options);
}

/** The SQL of the program, on one line, its values in place. */
function written(sql: string): string {
  const { program, missing } = read(sql);
  expect(missing).toEqual([]);
  // Steps have no words for how ties are put in order.
  const { ties: _ties, ...said } = program;
  expect(readProgram(writeProgram(program))).toEqual(said);
  const input = { graph, candidates, dialect: "postgres", preference: () => 0 } as const;
  const rendered = renderProgram(program, input);
  return rendered.sql
    .replace(/\$(\d+)::\w+/g, (_, at) => JSON.stringify(rendered.params[Number(at) - 1]))
    .replace(/\s+/g, " ");
}

describe("SQL as a program and back", () => {
  it.each([
    ["SELECT * FROM buyers", "select * from buyers"],
    ["SELECT DISTINCT b.city FROM buyers AS b", "select distinct city from buyers"],
    ["SELECT count(*) FROM baskets", "select count(*) as count from baskets"],
    [
      "SELECT count(DISTINCT city) FROM buyers",
      "select count(distinct city) as count_city from buyers",
    ],
    [
      "SELECT max(units), avg(unit_cost) FROM basket_lines",
      "select max(units) as max_units, avg(unit_cost) as avg_unit_cost from basket_lines",
    ],
    [
      "SELECT name FROM buyers WHERE segment = 'paid'",
      `select name from buyers where lower(segment) = lower("paid")`,
    ],
    ["SELECT name FROM buyers WHERE vip = false", "select name from buyers where vip = false"],
    [
      "SELECT id FROM baskets WHERE discount = 0 OR grand_total > 10 AND discount < -5",
      "select id from baskets where discount = 0 or (grand_total > 10 and discount < -5)",
    ],
    ["SELECT id FROM baskets WHERE discount <> 3", "select id from baskets where discount <> 3"],
    ["SELECT id FROM baskets WHERE NOT discount = 3", "select id from baskets where discount <> 3"],
    [
      "SELECT id FROM baskets WHERE discount BETWEEN 3 AND 10",
      "select id from baskets where discount between 3 and 10",
    ],
    [
      "SELECT id FROM baskets WHERE discount NOT BETWEEN 3 AND 10",
      "select id from baskets where discount not between 3 and 10",
    ],
    [
      "SELECT id FROM articles WHERE title LIKE '%Acme%'",
      `select id from articles where title ilike "%Acme%"`,
    ],
    [
      "SELECT id FROM articles WHERE title NOT LIKE 'Acme%'",
      `select id from articles where title not ilike "Acme%"`,
    ],
    [
      "SELECT id FROM baskets WHERE shipped_at IS NULL AND placed_at IS NOT NULL",
      "select id from baskets where shipped_at is null and placed_at is not null",
    ],
    [
      "SELECT id FROM baskets WHERE discount > grand_total",
      "select id from baskets where discount > grand_total",
    ],
    [
      "SELECT T1.name FROM buyers AS T1 JOIN baskets AS T2 ON T1.id = T2.buyer_id WHERE T2.discount > 3",
      "select buyers.name from buyers join baskets on baskets.buyer_id = buyers.id where baskets.discount > 3",
    ],
    [
      "SELECT state, count(*) FROM baskets GROUP BY state HAVING count(*) >= 3",
      "select state, count(*) as count from baskets group by state having count(*) >= 3",
    ],
    [
      "SELECT id FROM baskets ORDER BY grand_total LIMIT 3",
      "select id from baskets order by grand_total, id limit 3",
    ],
    [
      "SELECT name FROM buyers WHERE id IN (SELECT buyer_id FROM baskets)",
      "select name from buyers where id in ( select buyer_id from baskets )",
    ],
    [
      "SELECT name FROM buyers WHERE id NOT IN (SELECT buyer_id FROM baskets WHERE discount > 3)",
      "select name from buyers where id not in ( select buyer_id from baskets where discount > 3 )",
    ],
    [
      "SELECT id FROM baskets WHERE grand_total > (SELECT avg(grand_total) FROM baskets)",
      "select id from baskets where grand_total > ( select avg(grand_total) as avg_grand_total from baskets )",
    ],
    [
      "SELECT city FROM buyers EXCEPT SELECT country FROM makers",
      "select city from buyers except select country from makers",
    ],
  ])("%s", (sql, expected) => {
    expect(written(sql)).toBe(expected);
    // What was written reads as the same again.
    expect(written(expected.replaceAll('"', "'"))).toBe(expected);
  });

  it.each([
    [
      "select state as s, count(*) as n from baskets group by 1 order by n desc nulls last, state limit 3",
      "select state, count(*) as count from baskets group by state order by count(*) desc nulls last, state limit 3",
    ],
    [
      "select state, count(*) from baskets group by state order by count(*) desc",
      "select state, count(*) as count from baskets group by state order by count(*) desc nulls last, state desc nulls last",
    ],
    [
      "select state, count(*) from baskets group by state order by 2 desc, 1 desc",
      "select state, count(*) as count from baskets group by state order by count(*) desc nulls last, state desc nulls last",
    ],
    [
      "select state, count(*) from baskets group by state order by count(*)",
      "select state, count(*) as count from baskets group by state order by count(*), state",
    ],
    ["select state, count(*) from baskets group by state order by count(*), state desc", undefined],
    [
      "select buyer_id, state, count(*) from baskets group by buyer_id, state order by count(*) desc, buyer_id desc, state desc",
      "select buyer_id, state, count(*) as count from baskets group by buyer_id, state order by count(*) desc nulls last, buyer_id desc nulls last, state desc nulls last",
    ],
    [
      "select buyer_id, state, count(*) from baskets group by buyer_id, state order by count(*) desc, sum(discount) desc, state desc",
      "select buyer_id, state, count(*) as count from baskets group by buyer_id, state order by count(*) desc nulls last, sum(discount) desc nulls last, state desc nulls last, buyer_id",
    ],
    [
      "select buyer_id, state, count(*) from baskets group by buyer_id, state order by count(*) desc, state",
      undefined,
    ],
    [
      "select state as s from baskets group by s having count(*) > 3",
      "select state from baskets group by state having count(*) > 3",
    ],
    [
      "select id from public.baskets order by grand_total desc, id",
      "select id from baskets order by grand_total desc nulls last, id",
    ],
    [
      "select date_trunc('month', baskets.placed_at, 'UTC') as month, count(*) from baskets group by date_trunc('month', placed_at)",
      "select date_trunc('month', placed_at, 'UTC') as month, count(*) as count from baskets group by date_trunc('month', placed_at, 'UTC')",
    ],
    [
      "select count(*) filter (where state = 'open') from baskets",
      `select count(case when lower(state) = lower("open") then 1 end) as count_state from baskets`,
    ],
    ["select x.name from public.buyers x join public.baskets using (id)", undefined],
    [
      "select buyers.name from buyers, baskets where buyers.id = baskets.buyer_id",
      "select buyers.name from buyers join baskets on baskets.buyer_id = buyers.id where buyers.id = baskets.buyer_id",
    ],
  ])("reads what people write besides: %s", (sql, expected) => {
    if (expected === undefined) expect(() => read(sql)).toThrow(Unsupported);
    else expect(written(sql)).toBe(expected);
  });

  it("takes bound values, whatever type the statement gives them", () => {
    const sql = "select id from baskets where state = $2::text and discount > cast($1 as bigint)";
    const { program, missing } = read(sql, { params: [10, "open"] });
    expect(missing).toEqual([]);
    expect(program.where.map(({ condition }) => condition.operand)).toEqual([
      { kind: "values", values: [1] },
      { kind: "values", values: [3] },
    ]);
    expect(() => read(sql, { params: [10] })).toThrow(Unsupported);
  });

  it.each([
    ["placed_at >= '2026-04-01' and state = 'paid' and placed_at < '2026-05-01T00:00:00.000'", 0],
    ["placed_at >= date '2026-05-10' and state = 'paid'", 1],
  ])("finds the question’s period between bounds: %s", (where, value) => {
    const period = (from: string, to?: string): ValueCandidate =>
      candidate(from, {
        kind: "period",
        period: { label: from, from: Date.parse(from), ...(to && { to: Date.parse(to) }) },
      });
    const { program, missing } = read(`select id from baskets where ${where}`, {}, [
      period("2026-04-01", "2026-05-01"),
      period("2026-05-10"),
      ...candidates,
    ]);
    expect(missing).toEqual([]);
    expect(program.where.map(({ joiner, condition }) => [joiner, condition.operator])).toEqual([
      ["and", "period"],
      ["and", "="],
    ]);
    expect(program.where[0]?.condition.operand).toEqual({ kind: "values", values: [value] });
  });

  it("reads a join on anything but keys only where it is told to", () => {
    const sql = "select buyers.name from buyers join makers on buyers.city = makers.country";
    expect(() => read(sql)).toThrow(Unsupported);
    expect(read(sql, { joins: "any" }).program.tables).toHaveLength(2);
    expect(() =>
      read("select 1 from buyers join baskets on buyers.id = baskets.buyer_id and discount > 3"),
    ).toThrow(Unsupported);
  });

  it("names the values that the question does not say, and puts the last candidate in their place", () => {
    const { program, missing } = read("SELECT id FROM articles WHERE brand = 'Nordic'");
    expect(missing).toEqual(["Nordic"]);
    expect(program.where[0]?.condition.operand).toEqual({
      kind: "values",
      values: [candidates.length - 1],
    });
  });

  it.each([
    "SELECT id FROM baskets WHERE (discount = 3 OR discount = 10) AND grand_total > 3",
    "SELECT a.id FROM buyers a JOIN buyers b ON a.id = b.id",
    "SELECT n FROM (SELECT count(*) AS n FROM baskets) AS t",
    "SELECT grand_total - discount FROM baskets",
    "SELECT upper(name) FROM buyers",
    "SELECT id FROM nowhere",
    "SELECT nothing FROM buyers",
    "SELECT name FROM buyers WHERE EXISTS (SELECT * FROM baskets)",
    "SELECT name FROM buyers WHERE id IN (SELECT buyer_id FROM baskets WHERE buyers.city = state)",
    "SELECT id FROM baskets WHERE discount IN (3, 10)",
    "SELECT id FROM baskets ORDER BY discount ASC, grand_total DESC",
    "SELECT id FROM articles WHERE title LIKE 'Ac%me'",
    "SELECT city FROM buyers UNION SELECT country FROM makers ORDER BY city",
    "SELECT city FROM buyers UNION SELECT country FROM makers LIMIT 3",
    "SELECT city FROM buyers UNION ALL SELECT country FROM makers",
    "SELECT city FROM buyers UNION SELECT city FROM buyers UNION SELECT country FROM makers",
    "SELECT buyers.id FROM buyers LEFT JOIN baskets ON baskets.buyer_id = buyers.id",
    "SELECT id FROM baskets ORDER BY id LIMIT 3 OFFSET 10",
    "SELECT DISTINCT ON (city) name FROM buyers",
    "WITH makers AS (SELECT * FROM buyers) SELECT id FROM makers",
    "SELECT id, count(*) OVER () FROM baskets",
    "SELECT count(*) FILTER (WHERE vip) FROM buyers",
    "SELECT sum(DISTINCT discount) FROM baskets",
    "SELECT buyers.* FROM buyers JOIN baskets ON buyers.id = baskets.buyer_id",
    "SELECT name FROM buyers NATURAL JOIN baskets",
    "SELECT sum(discount) FILTER (WHERE state = 'open') FROM baskets",
    "SELECT count(CASE WHEN state = 'open' THEN 1 ELSE 0 END) FROM baskets",
    "SELECT count(CASE state WHEN 'open' THEN 1 END) FROM baskets",
    "SELECT sum(CASE WHEN state = 'open' THEN discount END) FROM baskets",
    "SELECT count(CASE WHEN state = 'open' OR state = 'paid' THEN 1 END) FROM baskets",
    "SELECT 10.0 * count(CASE WHEN state = 'open' THEN 1 END) / nullif(count(*), 0) FROM baskets",
    "SELECT 100.0 * sum(discount) / nullif(sum(grand_total) OVER (), 0) FROM baskets",
    "SELECT 100.0 * sum(discount) / nullif(sum(sum(discount)) OVER (PARTITION BY state), 0) FROM baskets",
    "SELECT 1.0 * sum(discount) / count(*) FROM baskets",
    "SELECT count(*) / nullif(count(*), 0) FROM baskets",
    "SELECT name FROM other.buyers",
    "SELECT date_trunc('month', placed_at, 'Asia/Tokyo') FROM baskets",
    "SELECT id FROM baskets WHERE discount > NULL",
    "SELECT id FROM baskets WHERE NOT (discount = 3 AND state = 'open')",
    "SELECT id FROM baskets WHERE placed_at >= now() - interval '3 days'",
  ])("says that it has no words for %s", (sql) => {
    expect(() => read(sql)).toThrow(Unsupported);
  });
});
