/** A small evaluation from end to end: each form of database, both engines of PostgreSQL, the product's own path. */
// covers: EVAL-01, EVAL-02

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { AskedQuestion } from "../../eval/ask-questions.ts";
import { parseQuestions, type Question } from "../../eval/question-file.ts";
import {
  defaultBudget,
  type EvaluationOptions,
  forEachDatabase,
  runEvaluation,
} from "../../eval/run-evaluation.ts";
import { askSeeded, seededGolds } from "../../eval/seeded.ts";
import { openSqliteGold } from "../../eval/sqlite-gold.ts";
import { loadDateReader } from "../../shared/adapters/chrono/date-reader.ts";
import { createAskEngine } from "../../shared/ask/engine.ts";
import type { SourceSchema } from "../../shared/sources/ports.ts";

/** Each database is a PostgreSQL of its own: seconds on a machine at rest, more on a busy one. */
vi.setConfig({ testTimeout: 240_000 });

let root: string;
const options = (
  postgres: EvaluationOptions["postgres"],
  say: EvaluationOptions["say"] = () => undefined,
): EvaluationOptions => ({
  engine: createAskEngine(loadDateReader),
  postgres,
  databases: root,
  now: Date.parse("2026-05-14T12:00:00Z"),
  budget: defaultBudget,
  say,
});
const line = (id: string, database: string, question: string, sql: string): Question => ({
  ...{ id, database, question, sql },
  expect: "answer",
});

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "mcp-eval-test-"));
  await mkdir(join(root, "zoo", "data"), { recursive: true });
  await writeFile(
    join(root, "zoo", "schema.sql"),
    `CREATE TABLE \`zoo\`.\`Keeper\` (\`Id\` INTEGER, \`Name\` TEXT);
     CREATE TABLE \`zoo\`.\`animal\` (\`id\` INTEGER, \`name\` TEXT, \`age\` INT, \`keeper_id\` INTEGER, PRIMARY KEY (\`id\`),
       FOREIGN KEY (\`keeper_id\`) REFERENCES \`zoo\`.\`Keeper\` (\`Id\`));
     CREATE TABLE \`zoo\`.\`food\` (\`animal_name\` TEXT, FOREIGN KEY (\`animal_name\`) REFERENCES \`zoo\`.\`animal\` (\`name\`));`,
  );
  await writeFile(join(root, "zoo", "data", "Keeper.csv"), "Id,Name\n1,Ann\n2,Bob\n");
  await writeFile(
    join(root, "zoo", "data", "animal.csv"),
    'id,name,age,keeper_id\n1,Rex,3,1\n2,Rex,?,1\n3,"Le ""o",5,99\n',
  );
  await writeFile(join(root, "zoo", "data", "food.csv"), "animal_name\nRex\n");
  const file = new DatabaseSync(join(root, "shop.sqlite"));
  file.exec(
    "create table item (id integer primary key, label text not null, price real); insert into item values (1, 'pen', 1.5), (2, 'ink', 4)",
  );
  file.close();
  await writeFile(
    join(root, "club.sql"),
    "ALTER DATABASE nowhere OWNER TO nobody;\nCREATE TABLE public.member (member_id integer primary key, name text, joined date);\nCOPY public.member (member_id, name, joined) FROM stdin;\n1\tAda\t2026-05-13\n2\t\\N\t2025-01-01\n\\.\n",
  );
});
afterAll(() => rm(root, { recursive: true, force: true }));

const questions = [
  line("zoo-right", "zoo", "how many keepers are there", "SELECT COUNT(*) FROM `keeper`"),
  line("zoo-wrong", "zoo", "how many keepers are there", "SELECT COUNT(*) FROM `animal`"),
  line("zoo-broken", "zoo", "how many keepers are there", "SELECT nothing FROM `animal`"),
  line("shop-right", "shop", "how many items are there", "select count(distinct id) from item"),
  line("club-right", "club", "how many members are there", "select count(*) from member"),
];

const verdicts = (asked: readonly AskedQuestion[]) =>
  Object.fromEntries(asked.map(({ id, right }) => [id, right]));

describe.each(["pglite", "postgres"] as const)("on %s", (engine) => {
  it("judges questions over DDL with CSV, a SQLite file and a dump", async () => {
    const asked = await runEvaluation(options(engine), questions);
    expect(verdicts(asked)).toEqual({
      "zoo-right": true,
      "zoo-wrong": false,
      "zoo-broken": false,
      "shop-right": true,
      "club-right": true,
    });
    expect(asked.find(({ id }) => id === "zoo-broken")?.why).toMatch(/^the gold: .*nothing/);
    expect(asked.every(({ outcome }) => outcome === "answer")).toBe(true);
  });

  it("gives the engine the values of text columns, those that no statistics list as well", async () => {
    const [found] = await forEachDatabase(
      options(engine),
      questions.slice(-1),
      async ({ schema, database }) => ({
        told: schema,
        catalogue: await database.adapter.introspect(AbortSignal.timeout(240_000)),
      }),
    );
    const valuesOf = (schema: SourceSchema | undefined) =>
      schema?.tables[0]?.columns.find(({ name }) => name === "name")?.values;
    expect(valuesOf(found?.catalogue)).toEqual([]);
    expect(valuesOf(found?.told)).toEqual(["Ada"]);
  });

  it("loads what the data break as far as it goes, says what it left out, and shows the rest to introspection", async () => {
    const notes: string[] = [];
    const [schema] = await forEachDatabase(
      options(engine, (note) => notes.push(note)),
      questions.slice(0, 1),
      ({ database }) => database.adapter.introspect(AbortSignal.timeout(240_000)),
    );
    const table = (name: string) => schema?.tables.find((one) => one.name === name);
    // Its target was not declared unique and is; one row refers to nothing.
    expect(table("animal")?.foreignKeys.map(({ references }) => references.table)).toEqual([
      "Keeper",
    ]);
    expect(table("animal")?.columns.find(({ name }) => name === "age")?.type).toBe("text");
    expect(table("food")?.foreignKeys).toEqual([]);
    expect(notes.filter((note) => note.includes("left out"))).toEqual([
      expect.stringContaining(
        "food(animal_name) → animal(name) is left out: its target is not unique",
      ),
    ]);
  });
});

describe("the two commands' rules", () => {
  it("end a gold that takes too long, and go on", async () => {
    const gold = openSqliteGold(join(root, "shop.sqlite"), { ...defaultBudget, timeoutMs: 2_000 });
    const endless =
      "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n";
    expect(
      await Promise.all([endless, "select label from item order by id"].map(gold.run)),
    ).toEqual([
      { kind: "failed", why: "longer than 2000 ms" },
      { kind: "rows", rows: [["pen"], ["ink"]] },
    ]);
    await gold.close();
  });

  it("run a prediction only past the guard", async () => {
    const [results] = await forEachDatabase(
      options("pglite"),
      questions.slice(4),
      async ({ database }) => [
        await database.predictions({ sql: "delete from member", params: [] }),
        await database.predictions({
          sql: "select count(*) from member where member_id = $1",
          params: [1],
        }),
      ],
    );
    expect(results?.[0]).toMatchObject({
      kind: "failed",
      why: expect.stringMatching(/^the guard: /),
    });
    expect(results?.[1]).toEqual({ kind: "rows", rows: [[1]] });
  });

  it("count a question without an answer as answered or not, and never as right", async () => {
    const text =
      '{"id":"n","database":"club","question":"what is the weather on Mars","expect":"abstain"}';
    const asked = await runEvaluation(options("pglite"), parseQuestions(text));
    expect(asked[0]).toMatchObject({ expect: "abstain", right: false });
  });

  it("teach a gold of SQLite as PostgreSQL, and answer its paraphrase with it", async () => {
    const gold =
      "SELECT `t1`.`name`, count(*) FROM keeper AS `t1` JOIN animal AS `t2` ON `t1`.`id` = `t2`.`keeper_id` GROUP BY `t1`.`id`";
    const twins = [
      line("a", "zoo", "workload of the staff, please", gold),
      line("b", "zoo", "Workload of the staff please?", gold),
    ];
    const taught = async (percent: number) => {
      const chosen = seededGolds(twins, percent);
      const [round] = await forEachDatabase(options("pglite"), twins, (one) =>
        askSeeded(one, chosen),
      );
      return round;
    };
    expect(await taught(100)).toMatchObject({
      taught: 1,
      notTaught: 0,
      asked: [{ right: true, outcome: "answer", provenance: "verified" }],
    });
    expect(await taught(0)).toMatchObject({ taught: 0, asked: [{ right: false }] });
  });
});
