// covers: ASK-08
/** What of a question meets the schema: names by inflection, synonym and comment; values stored, quoted, counted or named. */

import { describe, expect, it } from "vitest";
import { openThesaurus, readAsset } from "../../shared/adapters/question-network/load-network.ts";
import { MOST_CANDIDATES, readCandidates } from "../../shared/ask/network/candidates.ts";
import { graphOf } from "../../shared/ask/network/graph.ts";
import { linkNames, type NameShare } from "../../shared/ask/network/link-names.ts";
import { readNearWords } from "../../shared/ask/network/near-words.ts";
import { match } from "../../shared/ask/network/relations.ts";
import { readThesaurus } from "../../shared/ask/network/thesaurus.ts";
import { vocabularyForm } from "../../shared/ask/network/words.ts";
import { normaliseText, tokenise } from "../../shared/ask/tokens.ts";
import type { ColumnInfo, SourceSchema } from "../../shared/sources/ports.ts";
import { askedAt } from "../support/asked-at.ts";
import { columnOf, madeGraph, tableOf } from "../support/network/shop.ts";

const NOW = Date.UTC(2026, 0, 15);
const shop = madeGraph("shop");
const people = madeGraph("people");
const shipped = await openThesaurus(readAsset);
const tokensOf = (question: string) => tokenise(normaliseText(question));

describe("the thesaurus", () => {
  const small = readThesaurus(
    "vehicle\ncar automobile;0\ntruck lorry;0\nroadster;1\n",
    "automobile 1\ncar 2\ntransport\ntruck\n",
  );

  it("knows words of one group as synonyms and a kind as related to what it is a kind of", () => {
    expect(small.kinship("car", "automobile")).toBe("synonym");
    expect(small.kinship("car", "vehicle")).toBe("related");
    expect(small.kinship("vehicle", "lorry")).toBe("related");
    expect(small.kinship("truck", "automobile")).toBe("none");
    expect(small.kinship("roadster", "vehicle")).toBe("none");
    expect(small.kinship("car", "spaceship")).toBe("none");
  });

  it("knows words that are only listed with each other, from either side, unless it knows better", () => {
    expect(small.kinship("car", "truck")).toBe("near");
    expect(small.kinship("truck", "car")).toBe("near");
    expect(small.kinship("automobile", "car")).toBe("synonym");
    expect(small.kinship("car", "transport")).toBe("none");
  });

  it("reads parents in base 36", () => {
    const many = [...Array.from({ length: 36 }, (_, at) => `word${at}`), "below;z"].join("\n");
    expect(readThesaurus(many, "").kinship("below", "word35")).toBe("related");
    expect(readThesaurus(many, "").kinship("below", "word34")).toBe("none");
  });

  it("holds the words of business beside those of the file", () => {
    expect(small.kinship(vocabularyForm("customers"), vocabularyForm("buyers"))).toBe("synonym");
  });

  it("is shipped with its kinds in their places", () => {
    expect(shipped.kinship("abdomen", "stomach")).toBe("synonym");
    expect(shipped.kinship("abductor", "kidnapper")).toBe("synonym");
    expect(shipped.kinship("abdomen", "invoice")).toBe("none");
    expect(shipped.kinship("town", "city")).toBe("near");
    expect(shipped.kinship("curriculum", "course")).toBe("near");
    expect(shipped.kinship("price", "country")).toBe("none");
  });
});

describe("a list of near words", () => {
  const near = readNearWords(`ant 2 b\nbee\ncrow\n${"dove\n".repeat(10)}eagle 1\nfox\n`);

  it("is read in steps of sixteen from line to line", () => {
    expect(near.areNear("ant", "crow")).toBe(true);
    expect(near.areNear("eagle", "ant")).toBe(true);
    expect(near.areNear("fox", "eagle")).toBe(true);
    expect(near.areNear("ant", "bee")).toBe(false);
    expect(near.areNear("ant", "ant")).toBe(false);
    expect(near.areNear("ant", "gnu")).toBe(false);
    expect(readNearWords("").areNear("ant", "crow")).toBe(false);
  });
});

describe("links between a question and names", () => {
  const strengths = (question: string, column: string) =>
    linkNames(tokensOf(question), shop, shipped).columns[columnOf(shop, column)];

  it("marks every word of a name that is said in full, whatever its inflection", () => {
    const links = linkNames(tokensOf("total unit costs of articles"), shop, shipped);
    expect(links.columns[columnOf(shop, "basket_lines.unit_cost")]).toEqual([
      -1,
      match.whole,
      match.whole,
      -1,
      -1,
    ]);
    expect(links.columnShares[columnOf(shop, "basket_lines.unit_cost")]).toEqual({
      share: 1,
      loose: 1,
      whole: true,
    } satisfies NameShare);
    expect(links.tables[tableOf(shop, "articles")]?.[4]).toBe(match.whole);
  });

  it("tells a part of a name from the whole of it", () => {
    expect(strengths("the price", "articles.list_price")).toEqual([-1, match.part]);
    const { columnShares } = linkNames(tokensOf("the price"), shop, shipped);
    expect(columnShares[columnOf(shop, "articles.list_price")]).toMatchObject({
      share: 0.5,
      whole: false,
    });
  });

  it("finds a name by a synonym, and counts that only loosely", () => {
    expect(strengths("the cost", "articles.list_price")).toEqual([-1, match.synonym]);
    const share = linkNames(tokensOf("the cost"), shop, shipped).columnShares[
      columnOf(shop, "articles.list_price")
    ];
    expect(share).toMatchObject({ share: 0, loose: 0.5 });
  });

  describe("by words that are near", () => {
    const column = (name: string): ColumnInfo => ({ name, type: "text", nullable: false });
    const placesWith = (...names: readonly string[]) =>
      graphOf({
        version: "1",
        tables: [
          {
            ...{ schema: "public", name: "visits", kind: "table", primaryKey: [] },
            ...{ columns: names.map(column), foreignKeys: [] },
          },
        ],
      });
    const asked = tokensOf("visits of each town");

    it("are related to a name, and no more", () => {
      const links = linkNames(asked, placesWith("city", "price"), shipped);
      expect(links.columns[0]?.[3]).toBe(match.related);
      expect(links.columns[1]?.[3]).toBe(-1);
      expect(links.columnShares[0]).toMatchObject({ share: 0, loose: 0 });
      expect(links.nearOnly).toEqual(new Set([3]));
    });

    it("are not looked for where the word itself is a name, in any inflection", () => {
      const links = linkNames(asked, placesWith("city", "towns"), shipped);
      expect(links.columns.map((own) => own[3])).toEqual([-1, match.whole]);
      expect(links.nearOnly).toEqual(new Set());
    });

    it("are said apart from words that mean the same", () => {
      const both = linkNames(tokensOf("the cost"), placesWith("price", "charge"), shipped);
      expect(both.columns[0]?.[1]).toBe(match.synonym);
      expect(both.nearOnly).toEqual(new Set());
    });
  });

  it("links no function word and no symbol", () => {
    const links = linkNames(tokensOf("which of the , ?"), shop, shipped);
    expect(new Set([...links.columns, ...links.tables].flat())).toEqual(new Set([-1]));
  });

  describe("to a table of orders", () => {
    const table = (name: string): SourceSchema["tables"][number] => ({
      schema: "public",
      name,
      kind: "table",
      columns: [{ name: "total", type: "integer", nullable: false }],
      primaryKey: [],
      foreignKeys: [],
    });
    const orders = graphOf({ version: "1", tables: [table("orders")] });
    const isLinked = (question: string) =>
      linkNames(tokensOf(question), orders, shipped).tables[0]?.some((one) => one >= match.root);

    it.each([
      "totals in descending order",
      "totals in descending order of total",
      "totals in alphabetical order",
      "totals in alphabetic order",
      "totals in order of size",
      "show the totals, order by total",
    ])("are none where rows are to come in an order: %s", (question) => {
      expect(isLinked(question)).toBe(false);
    });

    it.each([
      "totals of orders",
      "the order by Ann",
      "who ordered in January",
      "what was ordered by Ann",
      "total of each customer by order by region",
      "the latest order by Ann",
      "which order by Ann has the largest total",
      "what is in order 17",
      "the total of the last order",
      "orders in descending order of total",
      "orders by total",
    ])("are there where one is meant: %s", (question) => {
      expect(isLinked(question)).toBe(true);
    });
  });

  it("finds a column by other names people gave it and, weakly, by its comment", () => {
    const column = (name: string, more: Partial<ColumnInfo>): ColumnInfo => ({
      name,
      type: "text",
      nullable: true,
      ...more,
    });
    const graph = graphOf({
      version: "1",
      tables: [
        {
          schema: "public",
          name: "t",
          kind: "table",
          primaryKey: [],
          foreignKeys: [],
          columns: [
            column("zq1", { synonyms: ["freight surcharge"] }),
            column("zq2", { comment: "paid to the carrier for freight" }),
          ],
        },
      ],
    });
    const links = linkNames(tokensOf("freight surcharge"), graph, shipped);
    expect(links.columns).toEqual([
      [match.whole, match.whole],
      [match.related, -1],
    ]);
    expect(links.columnShares.map((one) => one.whole)).toEqual([true, false]);
  });
});

describe("the values a question may mean", () => {
  const read = (question: string, graph = shop) =>
    readCandidates(tokensOf(question), graph, askedAt(NOW));
  const texts = (question: string, graph = shop) => read(question, graph).map((one) => one.text);

  it("takes what is quoted as it is written", () => {
    expect(read(`baskets with "Blue Moon"`)[0]).toMatchObject({
      kind: "text",
      text: "Blue Moon",
      start: 2,
      end: 3,
    });
  });

  it("gives a stored value the spelling and columns it is stored under, also in the plural", () => {
    const [acme] = read("articles of ACME");
    expect([acme?.text, acme?.stored]).toEqual([
      "Acme",
      new Map([[columnOf(shop, "articles.brand"), "Acme"]]),
    ]);
    expect(texts("list the consumers")).toContain("consumer");
  });

  it("prefers the longest stored value", () => {
    expect(texts("leaves of ana lima", people)).toEqual(["Ana Lima", "1"]);
  });

  it("reads numbers in figures and in words", () => {
    const numbers = read("5 buyers with two baskets placed twice, over 1,500").filter(
      (one) => one.kind === "number",
    );
    expect(numbers.map((one) => one.text)).toEqual(["5", "2", "1500"]);
  });

  it("finds a country by the name of its people, and the letter stored for women", () => {
    expect(read("german makers").find((one) => one.text === "Germany")?.stored).toEqual(
      new Map([[columnOf(shop, "makers.country"), "Germany"]]),
    );
    expect(texts("female patients", madeGraph("clinic"))).toContain("f");
    expect(texts("polish makers")).toEqual(["1"]);
  });

  it("takes names nobody stores by their capitals or by the word before them", () => {
    expect(texts("orders from Bank of Ireland and others")).toContain("Bank of Ireland");
    expect(texts("the articles named gizmo")).toContain("gizmo");
    expect(texts("titles starting with qu")).toContain("qu");
    expect(texts("the gizmo articles")).toEqual(["1"]);
  });

  it("reads each period once, with its place", () => {
    const periods = read("baskets last month compared with this month").filter(
      (one) => one.kind === "period",
    );
    expect(periods.map((one) => one.period?.from)).toEqual([
      Date.UTC(2025, 11, 1),
      Date.UTC(2026, 0, 1),
    ]);
    expect(periods.map(({ start, end }) => [start, end])).toEqual([
      [1, 3],
      [5, 7],
    ]);
  });

  it.each([
    ["makers with founding year later than 2012", ["2012"]],
    ["makers founded in 2012", ["2012"]],
    ["makers with founding year before 2010", ["2010"]],
    ["makers founded no later than 2010", ["2010"]],
    ["makers founded between 2010 and 2012", ["2010", "2012"]],
    ["makers founded in 2010 to 2012", ["2010", "2012"]],
    ["makers founded in May 2012", ["2012"]],
  ])(
    "leaves a year a plain number beside the period, as columns of years are: %s",
    (question, years) => {
      const found = read(question);
      expect(found.filter(({ kind }) => kind === "period")).toHaveLength(1);
      expect(found.filter(({ kind }) => kind === "number").map(({ text }) => text)).toEqual(years);
    },
  );

  it("always offers the number one last, and never too many", () => {
    const many = Array.from({ length: 60 }, (_, at) => `"value ${at}"`).join(" ");
    expect(read(many).length).toBe(MOST_CANDIDATES);
    expect(read(many).at(-1)).toMatchObject({ kind: "one", text: "1", start: -1 });
    expect(texts("")).toEqual(["1"]);
  });
});
