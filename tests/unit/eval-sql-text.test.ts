/** What the evaluation reads and rewrites in the text of SQL: DISTINCT, order, shape, statements, golds of SQLite. */
// covers: EVAL-01, EVAL-02
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { goldToPostgres, goldWithoutTies } from "../../eval/gold-to-postgres.ts";
import { shapeOf } from "../../eval/shape.ts";
import { isOrdered, splitStatements, sqlTokens, stripDistinct } from "../../eval/sql-tokens.ts";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import type { TableInfo } from "../../shared/sources/ports.ts";

const parser = await createLibpgParser();

describe("tokens", () => {
  it("are the whole text, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const tokens = sqlTokens(text);
        return (
          tokens.map((token) => token.text).join("") === text &&
          tokens.every((token) => token.text !== "")
        );
      }),
    );
  });

  it("keep semicolons inside strings, names and comments", () => {
    expect(splitStatements(`select ';' as ";"; -- a;b\nselect $x$;$x$;; /* ; */`)).toEqual([
      `select ';' as ";"`,
      "-- a;b\nselect $x$;$x$",
    ]);
  });
});

describe("DISTINCT", () => {
  it.each([
    ["select distinct a from t", "select  a from t"],
    ["SELECT COUNT(DISTINCT `x`) FROM t", "SELECT COUNT( `x`) FROM t"],
    [`select 'distinct', "distinct", \`distinct\``, `select 'distinct', "distinct", \`distinct\``],
    ["select a is distinct from b", "select a is distinct from b"],
    ["select a is not distinct from b", "select a is not distinct from b"],
    ["select distinct on (a) b from t", "select distinct on (a) b from t"],
    ["select 1 -- distinct\n", "select 1 -- distinct\n"],
  ])("%s", (sql, stripped) => {
    expect(stripDistinct(sql)).toBe(stripped);
  });
});

describe("order", () => {
  it.each([
    ["select a from t order by a", true],
    ["select a from t ORDER\n BY a limit 1", true],
    ["select a from (select a from t order by a) x", false],
    ["select a, row_number() over (order by a) from t", false],
    ["select 'order by' from t", false],
    ["select a from t union select b from u order by 1", true],
  ])("%s: %s", (sql, ordered) => {
    expect(isOrdered(sql)).toBe(ordered);
  });
});

describe("shape", () => {
  it.each([
    ["SELECT COUNT(*) FROM `ship`", "one table"],
    ["SELECT a, COUNT(*) FROM t GROUP BY a", "one table, group"],
    ["SELECT `t1`.`a` FROM `t` AS `t1` JOIN `u` AS `t2` ON `t1`.`a` = `t2`.`a`", "join"],
    ["SELECT t.a, count(*) FROM t JOIN u ON t.a = u.a GROUP BY t.a", "join, group"],
    ["SELECT a FROM t WHERE a NOT IN (SELECT a FROM u)", "nested"],
    ["SELECT a FROM t INTERSECT SELECT a FROM u", "set operation"],
    ["SELECT FROM WHERE", "unreadable"],
  ])("%s is %s", (sql, shape) => {
    expect(shapeOf(sql, parser)).toBe(shape);
  });
});

describe("a gold of SQLite in PostgreSQL", () => {
  const column = (name: string) => ({ name, type: "text", nullable: true });
  const tables: readonly TableInfo[] = [
    {
      schema: "public",
      name: "Singer",
      kind: "table",
      columns: ["Singer_ID", "Name", "Country"].map(column),
      primaryKey: ["Singer_ID"],
      foreignKeys: [],
    },
  ];
  const rewritten = (sql: string) => goldToPostgres(sql, tables, parser);

  it("has names as they were declared", () => {
    expect(rewritten("SELECT `name` FROM singer AS `T1` WHERE T1.country = 'France'")).toBe(
      `SELECT "Name" FROM "Singer" AS "T1" WHERE t1."Country" = 'France'`,
    );
  });

  it("takes an unknown name in double quotes for a text, and LIKE without case", () => {
    expect(rewritten(`SELECT name FROM singer WHERE country LIKE "%fr'%"`)).toBe(
      `SELECT "Name" FROM "Singer" WHERE "Country" ILIKE '%fr''%'`,
    );
  });

  it("groups by what is shown and ordered by, too", () => {
    expect(rewritten("SELECT name, count(*) FROM singer GROUP BY singer_id ORDER BY country")).toBe(
      `SELECT "Name", count(*) FROM "Singer" GROUP BY "Singer_ID", "Name", "Country" ORDER BY "Country"`,
    );
  });

  it.each([
    [
      "groups of one value in the direction of the order",
      "SELECT country FROM singer GROUP BY country ORDER BY count(*) DESC LIMIT 1",
      `SELECT "Country" FROM "Singer" GROUP BY "Country" ORDER BY count(*) DESC, "Country" DESC LIMIT 1`,
    ],
    [
      "groups of several upwards",
      "SELECT name, country FROM singer GROUP BY name, country ORDER BY count(*) DESC",
      `SELECT "Name", "Country" FROM "Singer" GROUP BY "Name", "Country" ORDER BY count(*) DESC, "Name" ASC, "Country" ASC`,
    ],
    [
      "groups told by number, and shown ones that were not grouped by",
      "SELECT country, count(*) FROM singer GROUP BY 1 ORDER BY 2 DESC",
      `SELECT "Country", count(*) FROM "Singer" GROUP BY 1, "Country" ORDER BY 2 DESC, 1 DESC`,
    ],
    [
      "each group in the direction of the order at its place",
      "SELECT name FROM singer GROUP BY name, country ORDER BY count(*) DESC, max(singer_id)",
      `SELECT "Name" FROM "Singer" GROUP BY "Name", "Country" ORDER BY count(*) DESC, max("Singer_ID"), "Name" DESC, "Country" ASC`,
    ],
    [
      "rows by their key",
      "SELECT name FROM singer ORDER BY country DESC LIMIT 2",
      `SELECT "Name" FROM "Singer" ORDER BY "Country" DESC, "Singer_ID" ASC LIMIT 2`,
    ],
    [
      "what is not ordered in no way",
      "SELECT DISTINCT name FROM singer",
      `SELECT DISTINCT "Name" FROM "Singer"`,
    ],
  ])("puts ties as SQLite does: %s", (_what, sql, expected) => {
    expect(goldWithoutTies(sql, tables, parser)).toBe(expected);
  });

  it("tells a column from a table of the same name in another case", () => {
    const course: TableInfo = {
      schema: "public",
      name: "course",
      kind: "table",
      columns: ["Course"].map(column),
      primaryKey: [],
      foreignKeys: [],
    };
    expect(
      goldToPostgres("SELECT COURSE.course FROM COURSE WHERE Course = 'x'", [course], parser),
    ).toBe(`SELECT course."Course" FROM course WHERE "Course" = 'x'`);
  });

  describe("has types that PostgreSQL compares", () => {
    const columnOf = (name: string, type: string) => ({ name, type, nullable: true });
    const room: TableInfo = {
      ...{ schema: "public", name: "room", kind: "table", primaryKey: [], foreignKeys: [] },
      columns: [
        columnOf("beds", "text"),
        columnOf("price", "numeric"),
        columnOf("free", "boolean"),
        columnOf("built", "date"),
      ],
    };
    const where = (condition: string) =>
      goldToPostgres(`SELECT price FROM room WHERE ${condition}`, [room], parser)
        ?.split(" WHERE ")
        .at(-1);

    it.each([
      ["beds = 2", "beds = '2'"],
      ["beds <> 2", "beds <> '2'"],
      ["beds IN (1, 2)", "beds IN ('1', '2')"],
      ["beds > 1.5", "CAST(NULLIF (beds, '') AS numeric) > 1.5"],
      ["beds BETWEEN 1 AND 3", "CAST(NULLIF (beds, '') AS numeric) BETWEEN 1 AND 3"],
      ["price <> 'null'", "price::text <> 'null'"],
      ["free = 1", "free = '1'::bool"],
      ["built LIKE '2008%'", "built::text ILIKE '2008%'"],
    ])("%s", (gold, own) => {
      expect(where(gold)).toBe(own);
    });

    it.each(["beds = 'two'", "price = '5'", "price > 5", "beds ILIKE '%2'", "free = 'yes'"])(
      "and leaves %s as it is",
      (condition) => {
        expect(where(condition)).toBe(condition);
      },
    );

    it("adds up texts that are numbers", () => {
      expect(
        goldToPostgres("SELECT sum(beds), avg(price), max(beds) FROM room", [room], parser),
      ).toBe("SELECT sum(CAST(NULLIF (beds, '') AS numeric)), avg(price), max(beds) FROM room");
    });

    it("leaves a column alone whose type differs between the tables that are read", () => {
      const hall: TableInfo = { ...room, name: "hall", columns: [columnOf("beds", "integer")] };
      expect(
        goldToPostgres("SELECT 1 FROM room, hall WHERE room.beds > 2", [room, hall], parser),
      ).toBe("SELECT 1 FROM room, hall WHERE room.beds > 2");
    });
  });

  it("is null where it cannot be read", () => {
    expect(rewritten("SELECT FROM WHERE")).toBe(null);
  });
});
