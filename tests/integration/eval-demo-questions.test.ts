/** The questions written for the sample source: every gold runs and means one result, and half of them are new. */
// covers: EVAL-04
import { readFileSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseQuestions } from "../../eval/question-file.ts";
import { DEMO_MODEL, readModelFile } from "../../eval/read-model.ts";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { demoDataSql } from "../../shared/demo/data-sql.ts";
import { demoExamples } from "../../shared/demo/examples.ts";
import { demoSchemaSql } from "../../shared/demo/schema-sql.ts";
import { compileModel } from "../../shared/semantic/compile-model.ts";
import { demoCases } from "../support/demo-questions.ts";
import { demoCasesUnseen } from "../support/demo-questions-unseen.ts";
import { introspectPglite } from "../support/introspect-pglite.ts";

const read = (file: string) =>
  parseQuestions(readFileSync(new URL(`../../eval/${file}`, import.meta.url), "utf8"));
const questions = read("demo-questions.jsonl");
const nothing = read("demo-unanswerable.jsonl");
const unseen = read("demo-unseen.jsonl");

describe("the golds", () => {
  let database: PGlite;
  beforeAll(async () => {
    database = new PGlite();
    await database.exec(`${demoSchemaSql}${demoDataSql("2026-05-14")}set timezone to 'UTC'`);
  });
  afterAll(() => database.close());
  const rowsOf = async (sql: string) =>
    (await database.query<unknown[]>(sql, [], { rowMode: "array" })).rows;

  it.each([...questions, ...unseen])("$id: $question", async ({ sql = "" }) => {
    const rows = await rowsOf(sql);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.flat().some((cell) => cell !== null && Number(cell) !== 0)).toBe(true);
    // A place shared by two rows would make the gold's choice between them an accident.
    const shaken = withRandomTies(sql);
    if (shaken !== sql)
      for (let round = 0; round < 3; round++)
        expect(sorted(await rowsOf(shaken))).toEqual(sorted(rows));
  });
});

describe("the model that the sets are asked with", () => {
  it("fits its source, name by name and expression by expression", async () => {
    const database = new PGlite();
    try {
      await database.exec(demoSchemaSql);
      const schema = await introspectPglite(database);
      const model = await readModelFile(DEMO_MODEL);
      expect(compileModel(await createLibpgParser(), model, schema).faults).toEqual([]);
    } finally {
      await database.close();
    }
  });
});

describe("the sets", () => {
  it("are 200 questions, half of them new, and 60 without an answer", () => {
    expect(questions).toHaveLength(200);
    expect(questions.filter(({ group }) => group === "fresh")).toHaveLength(100);
    expect(questions.every(({ expect }) => expect === "answer")).toBe(true);
    expect(nothing).toHaveLength(60);
    expect(nothing.every(({ expect }) => expect === "abstain")).toBe(true);
    expect(
      new Set([...questions, ...nothing].map(({ question }) => question.toLowerCase())).size,
    ).toBe(260);
  });

  it("of which the unseen ones repeat none", () => {
    const others = new Set(
      [...questions, ...nothing].map(({ question }) => question.toLowerCase()),
    );
    expect(unseen).toHaveLength(39);
    expect(unseen.filter(({ question }) => others.has(question.toLowerCase()))).toEqual([]);
  });

  it("repeat no question of the examples or the tests, and the new half is near none", () => {
    const known = [...demoExamples, ...demoCases, ...demoCasesUnseen].map(
      ({ question }) => question,
    );
    const nearest = (question: string) =>
      Math.max(...known.map((other) => likeness(question, other)));
    const exact = new Set(known.map((one) => one.toLowerCase()));
    expect(questions.filter(({ question }) => exact.has(question.toLowerCase()))).toEqual([]);
    const close = questions
      .filter(({ group, question }) => group === "fresh" && nearest(question) > MOST_ALIKE)
      .map(({ question }) => question);
    expect(close).toEqual([]);
  });
});

/** Words that two questions share, of all their words that mean something. */
const MOST_ALIKE = 0.6;
const FILLER = new Set(
  "a an and are be by did do does each for from give have how i in is it many me much number of on our per please show that the their there they this to us was we were what which who with".split(
    " ",
  ),
);

function likeness(left: string, right: string): number {
  const [own, other] = [wordsOf(left), wordsOf(right)];
  const shared = [...own].filter((word) => other.has(word)).length;
  return shared / Math.max(1, own.size + other.size - shared);
}

function wordsOf(question: string): Set<string> {
  const words = question.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return new Set(words.filter((word) => !FILLER.has(word)).map((word) => word.replace(/s$/, "")));
}

function withRandomTies(sql: string): string {
  return sql
    .replace(/ order by ((?:(?! order by )[\s\S])*?)( limit \d+)$/, " order by $1, random()$2")
    .replace(
      /over \((partition by [^)]*? order by .*?)\) as place/,
      "over ($1, random()) as place",
    );
}

function sorted(rows: readonly unknown[][]): readonly string[] {
  const plain = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);
  return rows.map((row) => JSON.stringify(row, plain)).toSorted();
}
