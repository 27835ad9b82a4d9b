/** What a question is asked back with: readings that run, that differ in result, and that the caller may see. */
// covers: ASK-41, ASK-42, ASK-43
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AskCandidate } from "../../shared/ask/ports.ts";
import { QueryClarify } from "../../shared/contract/query.ts";
import { openCompareBench } from "../support/compare-bench.ts";
import { grant, principal } from "../support/policy-bench.ts";

const SCRIPT = `
create table sales (id integer primary key, region text not null, amount numeric(12,2) not null);
insert into sales select n, case when n % 2 = 0 then 'EMEA' else 'APAC' end, n from generate_series(1, 2000) n;
create table salaries (person text not null, pay integer not null);
insert into salaries values ('Ann', 1), ('Bob', 2);
`;
const ALL = "select count(*) from sales";
const IDS = "select count(id) from sales";
const EMEA = "select count(*) from sales where region = 'EMEA'";
const ENDLESS =
  "select count(*) from sales a, sales b, sales c, sales d where a.id + b.id + c.id + d.id = 0";

const reading = (sql: string, confidence?: number, more: Partial<AskCandidate> = {}) => ({
  question: `Reading: ${sql}`,
  sql,
  params: [],
  ...(confidence !== undefined && { confidence }),
  ...more,
});
const readings = (...options: AskCandidate[]) => ({ options });

let bench: Awaited<ReturnType<typeof openCompareBench>>;
beforeAll(async () => {
  bench = await openCompareBench(SCRIPT, [grant("sales")]);
});
afterAll(() => bench.close());
beforeEach(() => {
  bench.ran.length = 0;
  bench.log.length = 0;
  bench.onStart(() => undefined);
});

const sqlOf = (body: { options: { sql: string }[] }) => body.options.map(({ sql }) => sql);

describe("a question with several readings", () => {
  it("is asked back with what each of them would show", async () => {
    const body = await bench.ask(readings(reading(ALL, 0.5), reading(EMEA, 0.4)));
    expect(QueryClarify.parse(body)).toEqual(body);
    expect(body).toMatchObject({ kind: "clarify", reason: "two readings", confidence: 0.5 });
    expect(body.options).toEqual([
      {
        question: `Reading: ${ALL}`,
        sql: ALL,
        params: [],
        preview: { row_count: 1, truncated: false, columns: ["count"], first_row: [2000] },
      },
      {
        question: `Reading: ${EMEA}`,
        sql: EMEA,
        params: [],
        preview: { row_count: 1, truncated: false, columns: ["count"], first_row: [1000] },
      },
    ]);
    expect(bench.log).toMatchObject([{ outcome: "clarify", sql: null, rowCount: null }]);
  });

  it("finds a reading that is picked in the cache", async () => {
    const sql = "select count(*) from sales where region = $1";
    const body = await bench.ask(
      readings(
        reading(sql, 0.5, { params: ["APAC"] }),
        reading("select max(id) from sales where region = $1", 0.4, { params: ["APAC"] }),
      ),
    );
    bench.ran.length = 0;
    const [first] = body.options;
    expect(first.params).toEqual(["APAC"]);
    const picked = await bench.run(first.sql, first.params);
    expect(picked).toMatchObject({ cache: { status: "hit" }, rows: [{ count: 1000 }] });
    expect(bench.ran).toEqual([]);
  });

  it("drops the later of two readings with one result, whatever the order of rows and columns", async () => {
    const body = await bench.ask(
      readings(
        reading("select region, sum(amount) from sales group by region order by region", 0.4),
        reading(
          "select sum(amount) as total, region from sales group by region order by 1 desc",
          0.3,
        ),
        reading("select region, count(*) from sales group by region", 0.2),
      ),
    );
    expect(body).toMatchObject({ kind: "clarify", confidence: 0.7 });
    expect(sqlOf(body)).toEqual([
      "select region, sum(amount) from sales group by region order by region",
      "select region, count(*) from sales group by region",
    ]);
  });

  it("is answered where all come to one result and are likely enough together", async () => {
    const body = await bench.ask(readings(reading(ALL, 0.4), reading(IDS, 0.35)));
    expect(body).toMatchObject({
      kind: "answer",
      provenance: "generated",
      sql: ALL,
      restatement: `Reading: ${ALL}`,
      confidence: 0.75,
      rows: [{ count: 2000 }],
      row_count: 1,
    });
    expect(bench.log).toMatchObject([{ outcome: "answer", sql: ALL, rowCount: 1 }]);
  });

  it.each([
    ["not likely enough for the source", readings(reading(ALL, 0.4), reading(IDS, 0.35)), 0.8],
    ["of a chance that the engine does not know", readings(reading(ALL), reading(IDS)), 0.1],
  ])("is asked back with one reading where all agree and are %s", async (_what, said, from) => {
    const answers = { answer_from: from, ask_back_from: 0.1 };
    const body = await bench.ask(said, { answers });
    expect(body).toMatchObject({
      kind: "clarify",
      reason: "two readings; all readings of it come to this one result",
    });
    expect(sqlOf(body)).toEqual([ALL]);
  });

  it("takes results that were cut off for different", async () => {
    const body = await bench.ask(
      readings(
        reading("select id from sales order by id", 0.5),
        reading("select id from sales where id > 0 order by id", 0.5),
      ),
      { request: { max_rows: 10 } },
    );
    expect(body.kind).toBe("clarify");
    expect(body.options).toMatchObject([
      { preview: { row_count: 10, truncated: true, first_row: [1] } },
      { preview: { row_count: 10, truncated: true, first_row: [1] } },
    ]);
  });

  it("keeps digits that a double cannot hold apart", async () => {
    const body = await bench.ask(
      readings(
        reading("select 9007199254740993 as n", 0.5),
        reading("select 9007199254740992 as n", 0.5),
      ),
    );
    expect(body.options).toHaveLength(2);
  });
});

describe("a reading that does not run", () => {
  it("is gone without a trace where the caller may not see its table", async () => {
    const analyst = principal();
    const secret = "select pay from salaries";
    const body = await bench.ask(
      readings(reading(secret, 0.4), reading(ALL, 0.35), reading(EMEA, 0.3)),
      { principal: analyst },
    );
    expect(sqlOf(body)).toEqual([ALL, EMEA]);
    expect(JSON.stringify(body)).not.toContain("salar");
    expect(bench.ran.join()).not.toContain("salar");
  });

  it("is gone where the source refuses it, and does not count for the others", async () => {
    const broken = reading("select 1 / (id - id) from sales", 0.6);
    const body = await bench.ask(readings(broken, reading(ALL, 0.3), reading(IDS, 0.3)));
    expect(body).toMatchObject({ kind: "clarify", confidence: 0.6 });
    expect(sqlOf(body)).toEqual([ALL]);
  });

  it("leaves the other one asked about", async () => {
    const broken = reading("select no_such_column from sales", 0.4);
    const body = await bench.ask(readings(broken, reading(ALL, 0.3)));
    expect(body).toMatchObject({
      kind: "clarify",
      reason: "two readings; only this reading of it can be run",
      confidence: 0.3,
    });
    expect(sqlOf(body)).toEqual([ALL]);
  });

  it("leaves nothing to choose where all are like it", async () => {
    const gone = ["select a from sales", "delete from sales"].map((sql) => reading(sql, 0.4));
    const body = await bench.ask(readings(...gone));
    expect(body).toMatchObject({
      kind: "abstain",
      reason: "no reading of the question can be run",
    });
    expect(body).not.toHaveProperty("options");
  });

  it("stays where it is, and is not compared, where it was only too slow", async () => {
    await bench.run("select 1 as warm", []);
    const body = await bench.ask(readings(reading(ALL, 0.4), reading(ENDLESS, 0.4)), {
      request: { timeout_ms: 1_500 },
    });
    expect(sqlOf(body)).toEqual([ALL, ENDLESS]);
    expect(body.options[0]).toHaveProperty("preview");
    expect(body.options[1]).not.toHaveProperty("preview");
    expect(bench.running.size).toBe(0);
  });
});

describe("comparing costs no more than was asked for", () => {
  const differing = readings(reading(ALL, 0.5), reading(EMEA, 0.4));
  const fresh = { control: { noStore: true } };

  it.each([
    ["the source is billed for each statement", { ...fresh, billed: true as const }],
    ["the source is set so", { ...fresh, answers: { compare_options: false } }],
    ["the request is for what lies in the cache", { control: { onlyIfCached: true } }],
  ])("nothing runs where %s", async (_what, part) => {
    const unseen = readings(
      reading("select count(*) + 1 from sales", 0.5),
      reading("select count(*) + 2 from sales", 0.4),
    );
    const body = await bench.ask(unseen, part);
    expect(bench.ran).toEqual([]);
    expect(body.options).toHaveLength(2);
    expect(body.options[0]).not.toHaveProperty("preview");
  });

  it("a reading that may not be run is gone all the same", async () => {
    const part = { billed: true, principal: principal() } as const;
    const body = await bench.ask(
      readings(reading("select pay from salaries", 0.5), reading(ALL, 0.4), reading(EMEA, 0.3)),
      part,
    );
    expect(sqlOf(body)).toEqual([ALL, EMEA]);
  });

  it("a source that is billed may be set to compare", async () => {
    const part = { ...fresh, billed: true as const, answers: { compare_options: true } };
    const body = await bench.ask(differing, part);
    expect(bench.ran).toHaveLength(2);
    expect(body.options[1].preview.first_row).toEqual([1000]);
  });

  it("three are run at most, and the others are offered as they are", async () => {
    const many = [1, 2, 3, 4].map((n) => reading(`select ${n} as n`, 0.2));
    const body = await bench.ask(readings(...many), fresh);
    expect(bench.ran).toHaveLength(3);
    expect(sqlOf(body)).toEqual(many.map(({ sql }) => sql));
  });

  it("a plan runs none of them", async () => {
    await expect(bench.explain(differing)).rejects.toMatchObject({ code: "request_invalid" });
    expect(bench.ran).toEqual([]);
  });

  it("a caller who goes away ends them all", async () => {
    const caller = new AbortController();
    bench.onStart(() => caller.abort());
    const slow = [ENDLESS, `${ENDLESS} or a.id < 0`].map((sql) => reading(sql, 0.4));
    const asked = bench.ask(readings(...slow), { ...fresh, signal: caller.signal });
    await expect(asked).rejects.toMatchObject({ code: "client_closed" });
    expect(bench.running.size).toBe(0);
    expect(bench.log).toMatchObject([{ outcome: "client_closed" }]);
  });
});
