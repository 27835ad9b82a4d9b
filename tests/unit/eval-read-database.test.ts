/** Databases as plain data: DDL of the MySQL dialect with CSV files, CSV itself, questions, and dumps. */
// covers: EVAL-02
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postgresType } from "../../eval/column-type.ts";
import { parseCsv } from "../../eval/parse-csv.ts";
import { parseQuestions } from "../../eval/question-file.ts";
import { type Database, readDatabase } from "../../eval/read-database.ts";
import { readDump } from "../../eval/read-dump.ts";

describe("a folder of DDL and CSV", () => {
  let folder: string;
  let database: Database;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mcp-eval-test-"));
    await mkdir(join(folder, "data"));
    await writeFile(
      join(folder, "schema.sql"),
      `-- a comment; with a semicolon
CREATE TABLE \`zoo\`.\`Keeper\` (
    \`Keeper ID\` INTEGER NOT NULL,
    \`name\` VARCHAR(20) DEFAULT 'x,y',
    PRIMARY KEY (\`keeper id\`),
    INDEX idx_id (\`name\`)
);
CREATE TABLE \`zoo\`.\`animal\` (
    \`id\` INTEGER, \`key\` INT, \`born\` DATE, \`weight\` DECIMAL(10,2), \`keeper\` INTEGER,
    UNIQUE (\`id\`),
    CONSTRAINT \`k\` FOREIGN KEY (\`Keeper\`) REFERENCES \`zoo\`.\`keeper\` (\`Keeper ID\`)
);
CREATE TABLE \`zoo\`.\`visit\` (\`day\` DATETIME);`,
    );
    await writeFile(
      join(folder, "data", "Keeper.csv"),
      'name,Keeper ID\r\n"Ann ""A"", B",1\r\n,2\r\n',
    );
    await writeFile(
      join(folder, "data", "animal.csv"),
      "id,key,born,weight,keeper\n1,seven,2020-02-29,3.50,1\n2,8,2020-03-01,NULL,9\n",
    );
    database = await readDatabase(folder, "zoo");
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("has each table's columns with types that hold every cell", () => {
    expect(
      database.tables.map(({ info }) => [
        info.name,
        info.columns.map(({ name, type }) => `${name}: ${type}`),
      ]),
    ).toEqual([
      ["Keeper", ["Keeper ID: integer", "name: text"]],
      ["animal", ["id: integer", "key: text", "born: date", "weight: numeric", "keeper: integer"]],
      ["visit", ["day: timestamp without time zone"]],
    ]);
    expect(database.tables[1]?.declaredTypes[1]).toBe("INT");
  });

  it("has keys and references by the names declared", () => {
    const [keeper, animal] = database.tables;
    expect(keeper?.info.primaryKey).toEqual(["Keeper ID"]);
    expect(animal?.unique).toEqual([["id"]]);
    expect(animal?.info.foreignKeys).toEqual([
      {
        columns: ["keeper"],
        references: { schema: "public", table: "Keeper", columns: ["Keeper ID"] },
      },
    ]);
  });

  it("puts cells under their columns whatever the file's order, and empty ones as null", () => {
    expect(database.tables[0]?.rows).toEqual([
      ["1", 'Ann "A", B'],
      ["2", null],
    ]);
    expect(database.tables[0]?.info.columns[1]?.values).toEqual(['Ann "A", B']);
  });

  it("takes a table without a file for empty, and says so", () => {
    expect(database.tables[2]?.rows).toEqual([]);
    expect(database.notes).toEqual(["zoo.visit has no CSV file and is empty"]);
  });
});

describe("CSV", () => {
  it("is read back as it was written", () => {
    const cell = fc.option(fc.string({ minLength: 1 }), { nil: null });
    const table = fc
      .integer({ min: 2, max: 5 })
      .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width })));
    const write = (text: string | null) => (text === null ? "" : `"${text.replaceAll('"', '""')}"`);
    fc.assert(
      fc.property(table, fc.constantFrom("\n", "\r\n"), (rows, end) => {
        const text = rows.map((row) => row.map(write).join(",") + end).join("");
        expect(parseCsv(text)).toEqual(rows);
      }),
    );
  });

  it("needs no line end after the last row", () => {
    expect(parseCsv("a,b\n1,")).toEqual([
      ["a", "b"],
      ["1", null],
    ]);
  });

  it("has the word for null where it was given one, and as a text in quotes", () => {
    const text = 'a,b\nNULL,"NULL"\nnull,\n';
    expect(parseCsv(text, "NULL").slice(1)).toEqual([
      [null, "NULL"],
      ["null", null],
    ]);
    expect(parseCsv(text).slice(1)).toEqual([
      ["NULL", "NULL"],
      ["null", null],
    ]);
  });

  it("refuses a quote that never ends", () => {
    expect(() => parseCsv('a\n"b')).toThrow("row 2");
  });
});

describe("the type of a column", () => {
  it.each([
    ["INTEGER", ["1", null], "integer"],
    ["INT(11)", ["3000000000"], "bigint"],
    ["INTEGER", ["1.5"], "double precision"],
    ["INTEGER", ["null"], "text"],
    ["BOOLEAN", ["0", "1"], "boolean"],
    ["BOOLEAN", ["T"], "text"],
    ["DATE", ["2020-02-30"], "text"],
    ["DATETIME", ["2020-02-28 10:00:00", "2020-03-01"], "timestamp without time zone"],
    ["DATETIME", ["0000-00-00 00:00:00"], "text"],
    ["DATE", ["1999"], "integer"],
    ["VARCHAR(3)", ["1"], "text"],
    ["DECIMAL(19,4)", [], "numeric"],
  ])("declared %s with cells %j is %s", (declared, cells, type) => {
    expect(postgresType(declared, cells)).toBe(type);
  });
});

describe("a file of questions", () => {
  it("is checked line by line", () => {
    const good = '{"id":"1","database":"d","question":"q","sql":"select 1"}\n\n';
    expect(parseQuestions(good)).toEqual([
      { id: "1", database: "d", question: "q", sql: "select 1", expect: "answer" },
    ]);
    expect(() => parseQuestions(`${good}{"id":"2"`)).toThrow("line 3 is not JSON");
    expect(() => parseQuestions('{"id":"1","database":"d","question":"q"}')).toThrow("needs sql");
    expect(() => parseQuestions(`${good}${good}`)).toThrow("1 comes twice");
    expect(() => parseQuestions(good.replace('"d"', '"../d"'))).toThrow("line 1");
  });
});

describe("a dump", () => {
  it("loses psql's commands and has its COPY blocks as rows", () => {
    const steps = readDump(
      "\\restrict abc\nSET x = 1;\nCOPY public.t (a, \"B\") FROM stdin;\n1\tx\\ty;\n\\N\t\n\\.\n\nSELECT ';';\n",
    );
    expect(steps.map(({ sql }) => sql)).toEqual([
      "SET x = 1",
      'insert into public.t (a, "B") select a, "B" from json_populate_recordset(null::public.t, $1::json)',
      "SELECT ';'",
    ]);
    expect(JSON.parse(steps[1]?.params?.[0] ?? "")).toEqual([
      { a: "1", B: "x\ty;" },
      { a: null, B: "" },
    ]);
  });
});
