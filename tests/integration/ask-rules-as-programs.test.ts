// covers: ASK-21
/** What the rules read, said as a program, gives the rows of the rules' own SQL. */
import { readFileSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { demoDataSql } from "../../shared/demo/data-sql.ts";
import { demoSchemaSql } from "../../shared/demo/schema-sql.ts";
import type { SourceSchema } from "../../shared/sources/ports.ts";
import { demoCases, demoToday } from "../support/demo-questions.ts";
import { introspectPglite } from "../support/introspect-pglite.ts";
import { readTwice, sameRows } from "../support/rules-as-programs.ts";

const now = Date.parse(`${demoToday}T12:00:00Z`);
/** Statements are run for every so many of the questions, so that the test stays short. */
const EVERY = 4;

const petsSql = `
create type mood as enum ('calm', 'angry');
create table owners (owner_id integer primary key, name text not null, mood mood, city text);
create table pets (
  pet_id integer primary key, owner_id integer references owners, name text not null, species text,
  vaccinated boolean, weight numeric not null, born_on date);
insert into owners values
  (1, 'Ana', 'calm', 'Oslo'), (2, 'Ana', 'angry', 'Bergen'), (3, 'Bo', null, null), (4, 'Cy', 'calm', 'Oslo');
insert into pets values
  (1, 1, 'Rex', 'dog', true, 12, '2025-01-31'), (2, 1, 'Tom', 'cat', false, 4, '2026-02-01'),
  (3, 2, 'Kit', 'cat', null, 4, '2026-03-05'), (4, null, 'Max', null, true, 30, null),
  (5, 3, 'Ida', 'dog', false, 9, '2026-04-30'), (6, 2, 'Una', 'fox', true, 6, '2026-05-14')`;

async function opened(sql: string): Promise<{ db: PGlite; schema: SourceSchema }> {
  const db = await PGlite.create();
  await db.exec(sql);
  return { db, schema: await introspectPglite(db) };
}

describe("questions over the sample source", () => {
  const questions: readonly string[] = [
    ...readFileSync(new URL("../../eval/demo-questions.jsonl", import.meta.url), "utf8")
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { question: string }).question),
    ...demoCases.map((one) => one.question),
  ];
  let demo: Awaited<ReturnType<typeof opened>>;
  beforeAll(async () => {
    demo = await opened(`${demoSchemaSql}${demoDataSql(demoToday)}`);
  }, 120_000);
  afterAll(() => demo.db.close());

  it("give the same rows both ways, and few can be said in one way only", async () => {
    const read = questions.flatMap((question) => {
      const both = readTwice(question, demo.schema, now);
      return both === undefined ? [] : [{ question, both }];
    });
    const said = read.filter(({ both }) => both.program !== undefined);
    expect(read.length).toBeGreaterThan(180);
    expect(said.length / read.length).toBeGreaterThan(0.9);
    const different: string[] = [];
    for (const { question, both } of said.filter((_, at) => at % EVERY === 0)) {
      if (!(await sameRows(demo.db, both))) different.push(question);
    }
    expect(different).toEqual([]);
  }, 60_000);
});

describe("rows in which something is missing", () => {
  let pets: Awaited<ReturnType<typeof opened>>;
  beforeAll(async () => {
    const { db, schema } = await opened(petsSql);
    // Sources say which values an enumeration has; the reader of catalogues for tests does not.
    const tables = schema.tables.map((table) => ({
      ...table,
      columns: table.columns.map((one) =>
        one.type === "mood" ? { ...one, values: ["calm", "angry"] } : one,
      ),
    }));
    pets = { db, schema: { ...schema, tables } };
  });
  afterAll(() => pets.db.close());

  it.each([
    "angry owners",
    "owners that are not calm",
    "vaccinated pets",
    "pets that are not vaccinated",
    "pets whose species is missing",
    "owners without pets",
    "how many owners have more than 1 pets",
    "pets of owners in Oslo",
    "owners with cats",
    "owners in Oslo or Bergen",
    "owners that are not in Oslo",
    "how many dogs were born in 2025",
    "pets per owner",
    "top 2 owners by number of pets",
    "pets sorted by weight",
    "average weight by species",
    "pets born since March 2026",
    "pets with a weight between 4 and 10",
    "owners with more than 1 pets",
  ])("are the same both ways: %s", async (question) => {
    const both = readTwice(question, pets.schema, now);
    expect(both?.program?.sql).toBeDefined();
    expect([both?.program?.sql, both && (await sameRows(pets.db, both))]).toEqual([
      both?.program?.sql,
      true,
    ]);
  });
});
