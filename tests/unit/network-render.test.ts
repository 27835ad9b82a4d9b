// covers: ASK-08
/** What each kind of program says in SQL, in the three dialects; and that guards and PostgreSQL take it. */
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDuckdbParser } from "../../shared/adapters/data-lake/duckdb-parser.ts";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { createSnowflakeParser } from "../../shared/adapters/sqlparser-rs/snowflake-parser.ts";
import type { Condition, Program, Term } from "../../shared/ask/network/program.ts";
import { renderProgram } from "../../shared/ask/network/render-program.ts";
import type { Rendered } from "../../shared/ask/render.ts";
import { createDuckdbGuard } from "../../shared/sql/duckdb/duckdb-guard.ts";
import { createSnowflakeGuard } from "../../shared/sql/snowflake/snowflake-guard.ts";
import { createSqlGuard } from "../../shared/sql/sql-guard.ts";
import { madeSchemas } from "../../training/made-schemas.ts";
import {
  candidate,
  columnOf,
  comparison,
  madeGraph,
  noProgram,
  tableOf,
} from "../support/network/shop.ts";

const graph = madeGraph("shop");
const col = (name: string): number => columnOf(graph, name);
const tab = (name: string): number => tableOf(graph, name);
const baskets = tab("baskets");
const counted: Term = { aggregate: "count", column: "*" };
const dialects = ["postgres", "duckdb", "snowflake"] as const;
type Dialect = (typeof dialects)[number];

const march = { from: Date.UTC(2025, 2, 1), to: Date.UTC(2025, 3, 1), label: "March 2025" };
const april = { from: Date.UTC(2025, 3, 1), to: Date.UTC(2025, 4, 1), label: "April 2025" };
const candidates = [
  candidate("March 2025", { kind: "period", period: march }),
  candidate("April 2025", { kind: "period", period: april }),
  candidate("paid", { stored: new Map([[columnOf(graph, "baskets.state"), "paid"]]) }),
  candidate("3", { kind: "number" }),
  candidate("2024", { kind: "number" }),
  candidate("2025", { kind: "number" }),
  candidate("2025-03-01"),
  candidate("2025-03-09"),
  candidate("50%_!\\"),
  candidate("1", { kind: "one" }),
];
const value = {
  march: 0,
  april: 1,
  paid: 2,
  three: 3,
  y2024: 4,
  y2025: 5,
  first: 6,
  ninth: 7,
  odd: 8,
  one: 9,
};

const guards = {
  postgres: createSqlGuard(await createLibpgParser()),
  duckdb: createDuckdbGuard(createDuckdbParser()),
  snowflake: createSnowflakeGuard(await createSnowflakeParser()),
};
let database: PGlite;

beforeAll(async () => {
  database = await PGlite.create();
  for (const { name, columns } of madeSchemas().get("made_shop")?.tables ?? []) {
    await database.exec(
      `create table ${name} (${columns.map((one) => `${one.name} ${one.type}`).join(", ")})`,
    );
  }
  await database.exec(`
    insert into baskets (id, buyer_id, state, channel, placed_at, shipped_at, grand_total, discount) values
      (1, 1, 'paid', 'web',   '2025-03-01T00:00Z', null, 10, 1),
      (2, 1, 'paid', 'web',   '2025-03-09T23:59Z', null, 30, 2),
      (3, 2, 'open', 'phone', '2025-04-02T12:00Z', null, 60, 30),
      (4, 2, 'lost', 'phone', '2024-04-02T12:00Z', null, 100, 4);
    insert into buyers (id, name, email, vip) values (1, '7', 'a@x', true), (2, '9 lives', '50%_!\\b', false)`);
});
afterAll(() => database.close());

function render(program: Partial<Program>, dialect: Dialect = "postgres"): Rendered {
  return renderProgram(
    { ...noProgram, ...program },
    { graph, candidates, dialect, preference: () => 0 },
  );
}

/** The rows PostgreSQL gives, after all three guards have let their dialect's text pass. */
async function rowsOf(program: Partial<Program>): Promise<readonly (readonly unknown[])[]> {
  for (const dialect of dialects) {
    const { sql, params } = render(program, dialect);
    const verdict = await guards[dialect].check(sql);
    expect([verdict.verdict, sql]).toEqual(["allow", sql]);
    expect(verdict.verdict === "allow" && verdict.parameterCount).toBe(params.length);
  }
  const { sql, params } = render(program);
  const { rows } = await database.query<unknown[]>(sql, [...params], { rowMode: "array" });
  return rows.map((row) =>
    row.map((one) => (/^-?\d+\.\d+$/.test(String(one)) ? Number(one) : one)),
  );
}

const where = (...conditions: readonly Condition[]): Program["where"] =>
  conditions.map((condition) => ({ joiner: "and", condition }));
const term = (one: Term): Program["select"][number] => ({ kind: "term", term: one });

describe("figures the question asks for", () => {
  it("shows one figure for each of two periods that are compared", async () => {
    const compared = {
      tables: [baskets],
      select: [term({ aggregate: "sum", column: col("baskets.grand_total") })],
      where: where(
        comparison({ column: col("baskets.placed_at") }, "versus", value.march, value.april),
      ),
    };
    expect(await rowsOf(compared)).toEqual([[40n, 60n].map(Number)]);
    expect(render(compared).sql).toContain("as sum_grand_total_1");
    expect(render(compared, "snowflake").sql).toContain("::timestamp_tz");
  });

  it("compares two periods by a number that is stored as text", async () => {
    const compared = {
      tables: [baskets, tab("buyers")],
      select: [term({ aggregate: "avg", column: col("buyers.name") })],
      where: where(
        comparison({ column: col("baskets.placed_at") }, "versus", value.march, value.april),
      ),
    };
    expect(await rowsOf(compared)).toEqual([[7, null]]);
  });

  it("averages the numbers among texts and leaves out what holds none", async () => {
    const program = {
      tables: [tab("buyers")],
      select: [term({ aggregate: "avg", column: col("buyers.name") })],
    };
    expect((await rowsOf(program)).flat().map(Number)).toEqual([7]);
    expect(render(program, "duckdb").sql).toContain("try_cast(");
    expect(render(program, "snowflake").sql).toContain("try_to_double(");
  });

  it("counts yes as one where it adds up yes and no", async () => {
    const sum = term({ aggregate: "sum", column: col("buyers.vip") });
    const average = term({ aggregate: "avg", column: col("buyers.vip") });
    const [row] = await rowsOf({ tables: [tab("buyers")], select: [sum, average] });
    expect(row?.map(Number)).toEqual([1, 0.5]);
  });

  it("gives the percent of rows that meet a condition", async () => {
    const condition = comparison({ column: col("baskets.state") }, "=", value.paid);
    expect(
      await rowsOf({ tables: [baskets], select: [{ kind: "share_where", condition }] }),
    ).toEqual([[50]]);
  });

  it("gives each group's percent of the whole", async () => {
    const channel: Term = { column: col("baskets.channel") };
    const total: Term = { aggregate: "sum", column: col("baskets.grand_total") };
    const rows = await rowsOf({
      tables: [baskets],
      select: [term(channel), { kind: "share_of_total", term: total }],
      group: [channel],
    });
    expect(new Map(rows as [string, number][])).toEqual(
      new Map([
        ["web", 20],
        ["phone", 80],
      ]),
    );
  });

  it("divides one figure by another, and by nothing gives nothing", async () => {
    const over: Term = { aggregate: "sum", column: col("baskets.grand_total") };
    const under: Term = { aggregate: "countd", column: col("baskets.buyer_id") };
    const ratio = { tables: [baskets], select: [{ kind: "ratio", over, under }] } as const;
    expect(await rowsOf(ratio)).toEqual([[100]]);
    const nobody = comparison({ column: col("baskets.channel") }, "=", value.paid);
    expect(await rowsOf({ ...ratio, where: where(nobody) })).toEqual([[null]]);
  });
});

describe("names of results", () => {
  it("tell two columns of one name apart by their tables, and two figures by a number", async () => {
    const two = {
      tables: [tab("buyers"), baskets],
      select: [term({ column: col("baskets.id") }), term({ column: col("buyers.id") })],
      order: [{ column: col("baskets.grand_total") }],
    };
    expect(await rowsOf(two)).toEqual([
      [1, 1],
      [2, 1],
      [3, 2],
      [4, 2],
    ]);
    expect(render(two).sql).toMatch(/^select baskets.id as baskets_id, buyers.id as buyers_id$/m);
    const figures = { tables: [baskets], select: [term(counted), term(counted)] };
    expect(render(figures).sql).toMatch(/^select count\(\*\) as count, count\(\*\) as count_2$/m);
  });
});

describe("the best within each group", () => {
  const total: Term = { column: col("baskets.grand_total") };
  const best = { tables: [baskets], order: [total], descending: true, limit: value.one };
  const per = col("baskets.channel");

  it("keeps so many rows of each value of the column", async () => {
    const rows = await rowsOf({ ...best, per, select: [term({ column: per }), term(total)] });
    expect(new Set(rows.map((row) => row.join(" ")))).toEqual(new Set(["web 30", "phone 100"]));
  });

  it("shows two columns of one name, and every column where all are asked for", async () => {
    const both = { ...best, tables: [tab("buyers"), baskets], per };
    const ids = [term({ column: col("baskets.id") }), term({ column: col("buyers.id") })];
    const rows = await rowsOf({ ...both, select: ids });
    expect(new Set(rows.map((row) => row.join(" ")))).toEqual(new Set(["2 1", "4 2"]));
    expect(render({ ...both, select: ids }).sql).toMatch(/^select id, id_2$/m);
    const all = await rowsOf({ ...best, per, select: [term({ column: "*" })] });
    expect(all.map((row) => row.length)).toEqual([8, 8]);
  });
});

describe("conditions", () => {
  const placed: Term = { column: col("baskets.placed_at") };
  const count = (...conditions: readonly Condition[]) =>
    rowsOf({ tables: [baskets], select: [term(counted)], where: where(...conditions) });

  it("finds what is missing and what is known", async () => {
    expect(await count(comparison({ column: col("baskets.shipped_at") }, "isnull"))).toEqual([[4]]);
    expect(await count(comparison(placed, "notnull"))).toEqual([[4]]);
  });

  it("compares a year with the year of a moment", async () => {
    expect(await count(comparison(placed, "=", value.y2025))).toEqual([[3]]);
    expect(await count(comparison(placed, "<", value.y2025))).toEqual([[1]]);
    expect(await count(comparison(placed, "between", value.y2024, value.y2025))).toEqual([[4]]);
    expect(await count(comparison(placed, "notbetween", value.y2025, value.y2025))).toEqual([[1]]);
    const condition = comparison(placed, "=", value.y2025);
    const program = { tables: [baskets], select: [term(counted)], where: where(condition) };
    for (const dialect of dialects) {
      const { sql, params } = render(program, dialect);
      expect([sql, params]).toEqual([
        expect.stringMatching(/extract\(year from "?placed_at"?\) = \$1::bigint$/),
        [2025],
      ]);
    }
  });

  it("compares a day with the whole of that day", async () => {
    expect(await count(comparison(placed, "=", value.ninth))).toEqual([[1]]);
    expect(await count(comparison(placed, "between", value.first, value.ninth))).toEqual([[2]]);
    expect(await count(comparison(placed, ">", value.ninth))).toEqual([[1]]);
  });

  it("compares what is of another kind as text instead of failing", async () => {
    const id: Term = { column: col("baskets.id") };
    expect(await count(comparison(id, "between", value.one, value.paid))).toEqual([[4]]);
    expect(await count(comparison(placed, "=", value.paid))).toEqual([[0]]);
  });

  it("finds a text that holds the signs a pattern is made of, in every dialect", async () => {
    const condition = comparison({ column: col("buyers.email") }, "starts", value.odd);
    const program = {
      tables: [tab("buyers")],
      select: [term({ column: col("buyers.id") })],
      where: where(condition),
    };
    expect(await rowsOf(program)).toEqual([[2]]);
    for (const dialect of dialects) {
      const { sql, params } = render(program, dialect);
      expect(sql).toMatch(/ilike \$1::\w+ escape '!'$/);
      expect(params).toEqual(["50!%!_!!\\%"]);
    }
  });

  it("looks for a number among texts by comparing both as text", async () => {
    const query = {
      ...noProgram,
      tables: [tab("buyers")],
      select: [term({ column: col("buyers.name") })],
    };
    const nested: Condition = {
      term: { column: col("baskets.discount") },
      operator: "in",
      operand: { kind: "query", query },
    };
    expect(await count(nested)).toEqual([[0]]);
    expect(await count({ ...nested, operator: "notin" })).toEqual([[4]]);
  });

  it("takes a query that may give several rows for a list, whatever sign it was compared by", async () => {
    const buyer: Term = { column: col("baskets.buyer_id") };
    const best = {
      ...noProgram,
      tables: [baskets],
      select: [term(buyer)],
      order: [{ column: col("baskets.grand_total") }],
      limit: value.one,
      per: col("baskets.channel"),
    };
    const largest = {
      ...noProgram,
      tables: [baskets],
      select: [term({ aggregate: "max", column: col("baskets.buyer_id") })],
    };
    const equal = (query: Program): Condition => ({
      term: buyer,
      operator: "=",
      operand: { kind: "query", query },
    });
    expect(await count(equal(best))).toEqual([[4]]);
    expect(await count(equal(largest))).toEqual([[2]]);
    expect(await count(equal({ ...largest, order: [{ column: col("baskets.id") }] }))).toEqual([
      [4],
    ]);
  });
});

describe("two queries put together", () => {
  const ids = (column: string): Program => ({
    ...noProgram,
    tables: [baskets],
    select: [term({ column: col(column) })],
  });

  it("keeps the order and limit of each query its own", async () => {
    const query = {
      ...ids("baskets.id"),
      order: [{ column: col("baskets.grand_total") }],
      descending: true,
      limit: value.one,
    };
    const rows = await rowsOf({ ...ids("baskets.buyer_id"), set: { operator: "union", query } });
    expect(new Set(rows.flat())).toEqual(new Set([1, 2, 4]));
  });

  it("takes away what the second and third give together", async () => {
    const last: Program = {
      ...ids("baskets.id"),
      set: { operator: "union", query: ids("baskets.buyer_id") },
    };
    const rows = await rowsOf({ ...ids("baskets.id"), set: { operator: "except", query: last } });
    expect(rows).toEqual([]);
  });
});
