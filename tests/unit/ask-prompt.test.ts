/** What a language model is told, and how its SQL is said in words: bounded, relevant, out of the text itself. */
// covers: LLM-05, LLM-06
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toldExamples } from "../../shared/ask/llm-examples.ts";
import { readReply } from "../../shared/ask/llm-reply.ts";
import type { VerifiedExample } from "../../shared/ask/ports.ts";
import { relevantTables } from "../../shared/ask/relevant-tables.ts";
import { restateSql } from "../../shared/ask/restate-sql.ts";
import type { SourceSchema, TableInfo } from "../../shared/sources/ports.ts";
import { askedAt } from "../support/asked-at.ts";
import { shopNow, shopSchema } from "../support/shop-schema.ts";

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const wide = (name: string, columns = 3): TableInfo => ({
  schema: "public",
  name,
  kind: "table",
  columns: Array.from({ length: columns }, (_, at) => ({
    name: `c${at}`,
    type: "text",
    nullable: true,
    comment: "x".repeat(5_000),
    values: Array.from({ length: 30 }, (_, n) => `${"v".repeat(50 - n)}${n}`),
  })),
  primaryKey: ["c0"],
  foreignKeys: [],
});
/** Five hundred tables that have nothing to do with a shop. */
const crowded: SourceSchema = {
  version: "crowded",
  tables: [...Array.from({ length: 500 }, (_, at) => wide(`zz${at}`)), ...shopSchema.tables],
};

describe("the tables of a prompt", () => {
  it("are those that the question names, and those that they are joined with", () => {
    const names = relevantTables("total amount by region", crowded, 12_000).map((one) => one.table);
    expect(names.slice(0, 2).sort()).toEqual(["customers", "orders"]);
    expect(names.some((name) => name.startsWith("zz"))).toBe(false);
  });

  it("are all of a small source, even where the question names none", () => {
    expect(relevantTables("who are our whales", shopSchema, 12_000)).toHaveLength(4);
  });

  it("follow keys that nobody declares, and say that they are only likely", () => {
    const column = (name: string) => ({ name, type: "integer", nullable: true });
    const plain = (name: string, ...columns: readonly string[]): TableInfo => ({
      ...wide(name),
      columns: columns.map(column),
      primaryKey: [],
    });
    const files = [plain("trips", "id", "rider_id", "minutes"), plain("riders", "id", "city")];
    const schema = { version: "lake", tables: [...crowded.tables, ...files] };
    const found = relevantTables("minutes of trips", schema, 12_000);
    expect(found.map(({ table }) => table)).toEqual(["trips", "riders"]);
    expect(found[0]?.likely_foreign_keys).toEqual(["(rider_id) references public.riders (id)"]);
    expect(found[0]?.foreign_keys).toBeUndefined();
    expect(found[1]?.likely_foreign_keys).toBeUndefined();
  });

  it("show the value that was asked for before more frequent ones", () => {
    const [customers] = relevantTables("customers in APAC", shopSchema, 12_000);
    const region = customers?.columns.find(({ name }) => name === "region");
    expect(region?.values).toEqual(["APAC", "North America", "EMEA"]);
  });

  it("keep a bound in bytes, and short comments and few values, whatever the source holds", () => {
    const schema = { version: "w", tables: [wide("orders", 900), wide("people"), wide("jobs")] };
    for (const limit of [0, 500, 4_000, 60_000]) {
      const told = relevantTables("orders of people", schema, limit);
      expect(bytes(told)).toBeLessThanOrEqual(Math.max(2, limit));
      for (const { columns } of told) {
        expect(columns.length).toBeLessThanOrEqual(40);
        for (const { comment, values } of columns) {
          expect(comment?.length).toBe(160);
          expect(values?.length).toBeLessThanOrEqual(6);
        }
      }
    }
    expect(relevantTables("orders of people", schema, 60_000)).toHaveLength(3);
  });
});

describe("the examples of a prompt", () => {
  const example = (question: string): VerifiedExample => ({
    exampleId: question,
    sourceId: "s",
    question,
    sql: `select '${question}'`,
    slots: [],
  });
  const told = (question: string, from: readonly VerifiedExample[], maxBytes: number) =>
    toldExamples({ question, examples: from, schema: shopSchema, now: askedAt(shopNow) }, maxBytes);
  const examples = [
    "turnover by region",
    "turnover of the last {n:int} days",
    "open incidents",
    "turnover by customer",
    "staff by city",
  ].map(example);

  it("are the ones most like the question, the nearest first, and none that shares nothing", () => {
    const found = told("what is the turnover of each region", examples, 4_096);
    expect(found.map(({ question }) => question)).toEqual([
      "turnover by region",
      "turnover by customer",
      "turnover of the last {n:int} days",
    ]);
    expect(told("how many unicorns", examples, 4_096)).toEqual([]);
  });

  it("keep a bound in bytes", () => {
    const many = Array.from({ length: 100 }, (_, at) => example(`turnover ${"x".repeat(at * 50)}`));
    for (const limit of [0, 100, 1_000])
      expect(bytes(told("turnover", many, limit))).toBeLessThanOrEqual(Math.max(2, limit));
  });
});

describe("a model's reply", () => {
  it("is taken in a code fence too", () => {
    const text = '```json\n{"sql": null, "params": [], "reason": "", "confidence": 0}\n```';
    expect(readReply(text)).toMatchObject({ kind: "reply", reply: { sql: null } });
  });

  it.each([
    '{"sql": "select 1", "params": [{}], "reason": "", "confidence": 1}',
    '{"sql": "select 1", "params": [], "reason": "", "confidence": 7}',
    '{"sql": "", "params": [], "reason": "", "confidence": 1}',
    '{"sql": 5, "params": [], "reason": "", "confidence": 1}',
    '[{"sql": null}]',
    "null",
    "",
  ])("that is not what was asked for is bad, and what is wrong is said: %s", (text) => {
    const read = readReply(text);
    expect(read).toMatchObject({ kind: "bad", message: expect.stringMatching(/.{10}/) });
  });

  it("is read without a throw, whatever it is", () => {
    fc.assert(fc.property(fc.string(), (text) => readReply(text).kind.length > 0));
  });
});

describe("a model's SQL in words", () => {
  const words = (sql: string, params: readonly (string | number)[] = [], tables = ["t"]) =>
    restateSql(sql, params, tables).replace(
      /^Written by a language model and checked by nobody: /,
      "",
    );

  it.each([
    ["SELECT 1", "reads t"],
    [
      "SELECT a FROM t WHERE (b = $1 OR c IN ($2, 3)) AND d::date > '2026-01-01' ORDER BY a DESC LIMIT 5",
      "reads t; keeps rows where (b = \"x\" OR c IN (7, 3)) AND d::date > '2026-01-01'; ordered by a DESC; at most 5",
    ],
    [
      "SELECT a, count(*) FILTER (WHERE b) FROM t GROUP BY a HAVING count(*) > 1",
      "reads t; keeps rows where b; grouped by a; keeps groups where count(*) > 1",
    ],
    [
      "SELECT a FROM t WHERE a IN (SELECT a FROM t WHERE b = 1) UNION SELECT a FROM t WHERE c",
      "reads t; in 3 SELECTs; keeps rows where a IN (SELECT a FROM t WHERE b = 1); keeps rows where c",
    ],
    [
      "SELECT 'WHERE it rains', \"ORDER BY\" FROM t WHERE a = 'LIMIT 5'",
      "reads t; keeps rows where a = 'LIMIT 5'",
    ],
    ["SELECT E'it\\'s WHERE' FROM t LIMIT 1", "reads t; at most 1"],
  ])("says each condition, group, order and limit of %s", (sql, said) => {
    expect(words(sql, ["x", 7])).toBe(said);
  });

  it("leaves out no condition: every WHERE is said or stands within one that is", () => {
    const filter = fc.constantFrom("a = 1", "b IS NULL", "x IN (SELECT y FROM u WHERE z = 2)");
    fc.assert(
      fc.property(fc.array(filter, { maxLength: 4 }), (filters) => {
        const sql = filters.reduce(
          (inner, one, at) => `SELECT * FROM (${inner}) AS s${at} WHERE ${one}`,
          "SELECT * FROM t",
        );
        const said = words(sql);
        return filters.every((one) => said.includes(one));
      }),
    );
  });

  it("stays short, and says where it was cut", () => {
    const sql = `SELECT a FROM t WHERE a IN (${"1, ".repeat(5_000)}1)`;
    expect(words(sql).length).toBeLessThan(250);
    expect(words(sql)).toMatch(/…$/);
  });
});
