/** A text that was put together from parts and is not read again reads as what it stands for, whatever surrounds the parts. */
// covers: POL-01
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createLibpgParser } from "../../../shared/adapters/libpg-query/libpg-parser.ts";
import type { SqlParser } from "../../../shared/sql/ports.ts";
import { type Edit, type Spliced, spliced } from "../../../shared/sql/splice-text.ts";
import { editedTree, statementText, withoutPositions } from "../../../shared/sql/tree-text.ts";

const QUERY = "SELECT r.id, $1::text AS x FROM s.t AS r WHERE r.a = 'it''s' OFFSET 0";
const NAME = '"s""s"."t"';

let parser: SqlParser;
beforeAll(async () => {
  parser = await createLibpgParser();
});

interface RangeVar {
  readonly schemaname?: string;
  readonly relname: string;
  readonly location: number;
  readonly alias?: object;
}

/** Every relation of the statement, wherever it stands in the tree. */
function relationsOf(node: unknown): RangeVar[] {
  if (typeof node !== "object" || node === null) return [];
  const { RangeVar } = node as { readonly RangeVar?: RangeVar };
  return RangeVar === undefined ? Object.values(node).flatMap(relationsOf) : [RangeVar];
}

/** A query in the relation's place, or its name in full. */
function edit(node: RangeVar, by: "query" | "name"): Edit {
  const { schemaname, ...named } = node;
  const { relname, location: at, alias } = named;
  const subquery = statementText(withoutPositions(parser.parseToText(QUERY) ?? ""));
  const text = by === "name" ? NAME : `(${QUERY})${alias === undefined ? ' AS "t"' : ""}`;
  return {
    at,
    kind: "name",
    text,
    proven: [...(schemaname === undefined ? [] : [schemaname]), relname],
    type: "RangeVar",
    was: () => JSON.stringify({ RangeVar: node }),
    becomes: () =>
      by === "name"
        ? JSON.stringify({
            RangeVar: { schemaname: 's"s', ...named, relname: "t" },
          })
        : `{"RangeSubselect":{"subquery":${subquery},"alias":${JSON.stringify(alias ?? { aliasname: "t" })}}}`,
  };
}

/** What became of the text; of what is certain, whether the parser reads it as the tree with the nodes replaced. */
function tried(sql: string, by: Parameters<typeof edit>[1]): Spliced | "unreadable" | null {
  const parsed = parser.parse(sql);
  if (parsed.kind !== "parsed") return "unreadable";
  const edits = relationsOf(parsed.statements).map((node) => edit(node, by));
  const made = spliced(sql, edits);
  if (made?.certain !== true) return made;
  const wanted = withoutPositions(editedTree(parsed.text, edits) ?? "");
  expect(withoutPositions(parser.parseToText(made.sql) ?? "none"), made.sql).toBe(wanted);
  return made;
}

/** Nothing in these is in doubt, and much of it looks like what it is not. */
const CERTAIN: readonly string[] = [
  "SELECT * FROM people",
  "SELECT * FROM people;",
  "SELECT*FROM people\twhere\tid=1",
  "SELECT * FROM public.people p",
  'SELECT * FROM "People" AS "P" ("a", b)',
  'SELECT * FROM "pe""ople","x.y" , "FROM" z',
  "SELECT * FROM PeoPle, Lateral (SELECT people.id FROM people) people",
  "SELECT 'FROM people', E'\\' FROM people', $$ FROM people $$, $a$ $$ people $a$ FROM people",
  "SELECT U&'\\0441', N'x', B'01', x'ff', 'a'\n'b' FROM people",
  "SELECT 'größe 日本 😀', \"größe\" FROM people WHERE a = '😀' AND EXISTS (SELECT FROM größe)",
  "SELECT /* FROM people */ 1 -- FROM people\n FROM people p /* people */",
  "SELECT 1 FROM(people JOIN orders USING (id))",
  "SELECT 1 FROM ((people JOIN orders USING (id)) AS j(a) CROSS JOIN (other o NATURAL JOIN x))",
  "SELECT 1 FROM people p(a, b) LEFT JOIN orders ON a < b, x FULL JOIN y ON true",
  "SELECT (SELECT max(id) FROM people), ARRAY(SELECT a FROM b), 1 IN (SELECT 2 FROM c)",
  "WITH people AS (SELECT * FROM people) SELECT * FROM people UNION (SELECT * FROM people) LIMIT 1",
  "WITH RECURSIVE a AS (SELECT 1 FROM b UNION ALL SELECT 2 FROM a) SELECT FROM a",
  "SELECT * FROM people ORDER BY 1 FETCH FIRST ROW ONLY",
  "SELECT * FROM people WINDOW w AS (PARTITION BY a) OFFSET 1",
  "SELECT * FROM format, nulls, without, offsets, lateral_, only_ x, tables",
  'SELECT * FROM "select" "where", format json_, interval_ format',
  "EXPLAIN SELECT * FROM people",
];

/** Here the text itself does not say enough. */
const IN_DOUBT: readonly string[] = [
  "SELECT * FROM people/**/",
  "SELECT * FROM people -- x",
  "SELECT * FROM people -- x\r, orders",
  "SELECT * FROM people--x\n, orders",
  "SELECT * FROM /* a /* nested */ b */people",
  "SELECT * FROM people /* a /* nested */ b */ , orders",
  "SELECT * FROM public . people",
  "SELECT * FROM public./* x */people",
  "SELECT * FROM people *",
  "SELECT * FROM people* p",
  'SELECT * FROM U&"people"',
  'SELECT * FROM U&"u"',
  "SELECT * FROM U&\"d!0061ta\" UESCAPE '!'",
  'SELECT * FROM"people"',
  'SELECT * FROM people"p"',
  `SELECT * FROM ${"long".repeat(20)}`,
];

describe("a relation replaced where it stands", () => {
  it("is certain where nothing but plain tokens surrounds it, and reads as the rewritten tree", () => {
    for (const sql of CERTAIN) {
      expect(tried(sql, "query"), sql).toMatchObject({ certain: true });
      expect(tried(sql, "name"), sql).toMatchObject({ certain: true });
    }
  });

  it("is in doubt where a comment, an escape or a star stands by it", () => {
    for (const sql of IN_DOUBT) {
      expect(parser.parse(sql).kind, sql).toBe("parsed");
      expect(tried(sql, "query") ?? { certain: false }, sql).toMatchObject({ certain: false });
    }
  });

  it("is in doubt where the name at the place is another than the tree's", () => {
    const sql = "SELECT 'people' FROM people p";
    const at = (location: number) =>
      spliced(sql, [edit({ relname: "people", location, alias: {} }, "query")])?.certain ?? false;
    expect(at(21)).toBe(true);
    for (let i = 0; i <= sql.length; i++) if (i !== 21) expect(at(i), `${i}`).toBe(false);
  });

  it("never reads as another tree where it is certain, whatever is written around it", () => {
    const blank = fc.constantFrom(
      ..." |\n|\t|\r\n|\f|\v|  |/**/|/* ' \" */|/*/**/*/|-- '\n|--\r|".split("|"),
      "\u00a0",
      "\u2028",
    );
    const name = fc.constantFrom(
      ...'a|A1|_x$|größe|"a"|"a""b"|"a.b"|"*/"|"--"|"$$"|U&"a"|u&"\\0061"|s.a|"s"."a"|S . a|s."x"|format|nulls|without|json|values|row|time|none|"😀"'.split(
        "|",
      ),
    );
    const alias = fc.constantFrom(
      ...'|x|AS x|as "x y"|x(a)|AS x (a, b)|"x"|U&"x"|*|* x|TABLESAMPLE system (1)|uescape|AS u&"!0061" UESCAPE \'!\'|json|offset'.split(
        "|",
      ),
    );
    const before = fc.constantFrom(
      ..."FROM|from|FROM (SELECT 1) z,|FROM b JOIN|FROM (c d CROSS JOIN|FROM ((c CROSS JOIN|FROM LATERAL (SELECT 1) z NATURAL JOIN|FROM ONLY|FROM ONLY (|FROM ROWS FROM (f(1)) f,".split(
        "|",
      ),
    );
    const after = fc.constantFrom(
      ..."|)|))|;|WHERE a.b = 1|, e|UNION SELECT 1|ORDER BY 1|USING (id)|ON true|) ON true|) x|)) x(y)|CROSS JOIN e f|LIMIT 1|'x'|\"y\"|*|(1)|.c|[1]|WITH ORDINALITY".split(
        "|",
      ),
    );
    const head = fc.constantFrom(
      "SELECT 1",
      "SELECT 'FROM a', E'\\'' ",
      "SELECT $$ ' $$, 'ü😀'",
      "SELECT a.*, U&'!' UESCAPE '?'",
      "WITH a AS (SELECT 1 FROM a) SELECT *",
      'SELECT (SELECT 1 FROM q) r, "😀"',
    );
    let certain = 0;
    fc.assert(
      fc.property(
        fc.tuple(head, blank, before, blank, name, blank, alias, blank, after),
        fc.constantFrom("query" as const, "name" as const),
        (words, by) => {
          // ONLY and TABLESAMPLE are of relations alone: their callers put no query there.
          const sql = words.join("");
          if (by === "query" && /ONLY|TABLESAMPLE/.test(sql)) return;
          const made = tried(sql, by);
          if (made !== null && made !== "unreadable" && made.certain) certain++;
        },
      ),
      { numRuns: 20_000 },
    );
    expect(certain).toBeGreaterThan(500);
  });
});
