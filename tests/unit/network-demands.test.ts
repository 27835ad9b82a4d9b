// covers: ASK-08, ASK-33
/** What a question says outright of its values and of what is shown, and what the search may write for it then. */
import { describe, expect, it } from "vitest";
import {
  loadNetwork,
  openThesaurus,
  readAsset,
} from "../../shared/adapters/question-network/load-network.ts";
import { readCandidates } from "../../shared/ask/network/candidates.ts";
import { type Demands, demandsOf, noDemands, withParts } from "../../shared/ask/network/demands.ts";
import { startProgram } from "../../shared/ask/network/grammar.ts";
import { linkNames } from "../../shared/ask/network/link-names.ts";
import { GRAMMAR_SIZE, type GrammarWord, grammarId } from "../../shared/ask/network/vocabulary.ts";
import { wishesOf } from "../../shared/ask/network/wishes.ts";
import { normaliseText, tokenise } from "../../shared/ask/tokens.ts";
import { madeSchemas } from "../../training/made-schemas.ts";
import { askedAt } from "../support/asked-at.ts";
import { columnOf, madeGraph, tableOf } from "../support/network/shop.ts";

const NOW = Date.UTC(2026, 0, 15);
const { network } = await loadNetwork();
const thesaurus = await openThesaurus(readAsset);
const shop = madeGraph("shop");
const people = madeGraph("people");

/** What may be done with the value of this text. */
function said(question: string, text: string, graph = shop) {
  const tokens = tokenise(normaliseText(question));
  const candidates = readCandidates(tokens, graph, askedAt(NOW));
  const links = linkNames(tokens, graph, thesaurus);
  const at = candidates.findIndex((one) => one.text === text && one.kind !== "period");
  if (at < 0) throw new Error(`${question} has no value ${text}`);
  const own = demandsOf({ tokens, graph, candidates, links }).values[at];
  return {
    mayLimit: own?.mayLimit ?? true,
    part: own?.part,
    may: (operator: GrammarWord, name?: string) => {
      const column = name === undefined ? undefined : columnOf(graph, name);
      const table = column === undefined ? undefined : graph.columns[column]?.table;
      const tables = table === undefined ? graph.tables.map((_, one) => one) : [table];
      const isCount = column === undefined;
      return own?.agrees({ operator, column, isCount, tables }) ?? true;
    },
  };
}

describe("numbers", () => {
  it.each<[string, GrammarWord, GrammarWord]>([
    ["baskets with more than 7 units", ">", "<"],
    ["baskets with at least 7 units", ">=", "="],
    ["baskets of 7 or more units", ">=", "<="],
    ["baskets with fewer than 7 units", "<", ">"],
    ["baskets with at most 7 units", "<=", "!="],
    ["baskets of 7 or less", "<", ">="],
    ["baskets under 7", "<", ">"],
    ["baskets with a discount between 7 and 12", "between", "<"],
  ])("of “%s” are compared as it says", (question, right, wrong) => {
    expect(said(question, "7").may(right, "baskets.discount")).toBe(true);
    expect(said(question, "7").may(wrong, "baskets.discount")).toBe(false);
  });

  it.each([
    "baskets with no more than 7 units",
    "baskets that never had more than 7 units",
    "more than 7 baskets or fewer than 7 lines",
    "baskets with 7 units",
    "baskets over 8 or under 5, and 7",
    "buyers who do not have a discount greater than 7",
    "all baskets except those over 7",
    "loans repaid over 7 months",
    "state 7 or under review",
    "deliveries after 7",
  ])("of “%s” are compared in any way", (question) => {
    for (const operator of [">", "<", "="] as const) {
      expect(said(question, "7").may(operator, "baskets.discount")).toBe(true);
    }
  });

  it("keep both ends of a range apart", () => {
    const question = "baskets with a discount between 7 and 12";
    expect(said(question, "12").may("<=", "baskets.discount")).toBe(true);
    expect(said(question, "12").may(">=", "baskets.discount")).toBe(false);
  });

  it("may be either way where what is higher came first", () => {
    expect(said("staff who are older than 7", "7", people).may("<", "staff.started_on")).toBe(true);
  });

  it.each([
    ["the top 3 baskets by discount", "3", true],
    ["the 3 cheapest articles", "3", true],
    ["buyers of both lamps and chairs", "2", false],
  ])("of “%s” are compared with nothing", (question, text, limits) => {
    const value = said(question, text);
    expect(value.may("=", "baskets.discount")).toBe(false);
    expect(value.mayLimit).toBe(limits);
  });

  it.each([
    ["buyers of both lamps and chairs with more than 2 baskets", "2"],
    ["customer 42 most recent order", "42"],
    ["endpoints that returned 404 most often", "404"],
    ["songs that were in the top 10", "10"],
    ["companies ranked top 10", "10"],
    ["stores with over 10 northwest orders", "10"],
  ])("of “%s” are more than rows that are wanted", (question, text) => {
    expect(said(question, text).may(">", "baskets.discount")).toBe(true);
  });

  it("are rows that are wanted only where they are not compared", () => {
    expect(said("baskets with more than 7 units", "7").mayLimit).toBe(false);
    expect(said("baskets placed in 2021", "2021").mayLimit).toBe(false);
    expect(said("show 7 baskets", "7").mayLimit).toBe(true);
    expect(said("show at most 7 baskets", "7").mayLimit).toBe(true);
  });

  it("that are years are compared with times, where a table of the query has any", () => {
    const year = said("baskets placed in 2021", "2021");
    expect(year.may("=", "baskets.discount")).toBe(false);
    expect(year.may("=", "baskets.placed_at")).toBe(true);
    expect(year.may("=", "basket_lines.units")).toBe(true);
    expect(said("baskets with a discount of 2021", "2021").may("=", "baskets.discount")).toBe(true);
    for (const other of ["baskets sold after 2021 hours", "baskets for 2021 people"]) {
      expect(said(other, "2021").may(">", "baskets.discount")).toBe(true);
    }
    const second = said("baskets placed in 2021 and 2022", "2022");
    expect(second.may("=", "baskets.discount")).toBe(false);
  });

  it("are no numbers of rows where a column counts what they are said of", () => {
    const pieces = said("articles with more than 5 pieces", "5");
    expect(pieces.may(">")).toBe(false);
    expect(pieces.may(">", "deliveries.pieces")).toBe(true);
    expect(said("buyers with more than 5 baskets", "5").may(">")).toBe(true);
    expect(said("buyers with more than 5 discounts", "5").may(">")).toBe(true);
  });
});

describe("the one that nobody says", () => {
  it("is a flag, or what there is more of", () => {
    const one = said("late deliveries", "1");
    expect(one.may("=", "deliveries.late")).toBe(true);
    expect(one.may("!=", "deliveries.late")).toBe(true);
    expect(said("late deliveries of more than 1 article", "1").may(">")).toBe(true);
    expect(one.may(">")).toBe(true);
    expect(one.may(">", "deliveries.pieces")).toBe(false);
    expect(one.may("=")).toBe(false);
    expect(one.mayLimit).toBe(true);
  });
});

describe("texts", () => {
  it.each([
    ["buyers with the letter M in their names", "M", "contains"],
    ["buyers whose name does not contain the letter M", "M", "contains"],
    ["buyers whose name starts with M", "M", "starts"],
    ["buyers whose name ends with the letters son", "son", "ends"],
    ["articles with the word Lamp in the title", "Lamp", "contains"],
    ["articles whose title contains Lumen", "Lumen", "contains"],
    ["buyers with the letters A or B in their names", "B", "contains"],
    ["routes that end in Lyon", "Lyon", undefined],
    ["names that start with Lyon and the city Lyon", "Lyon", undefined],
    ["the buyer Lyon", "Lyon", undefined],
  ])("of “%s” are held so", (question, text, part) => {
    const own = said(question, text);
    expect(own.part).toBe(part);
    for (const operator of ["=", "!=", "contains", "notends"] as const) {
      expect(own.may(operator, "buyers.name")).toBe(true);
    }
    expect(own.may(">", "buyers.name")).toBe(part === undefined);
  });

  it("may be the whole where somebody stores them", () => {
    const segment = shop.columns[columnOf(shop, "buyers.segment")]?.info.values?.[0] ?? "";
    expect(segment).not.toBe("");
    const question = `segments that include ${segment}`;
    expect(said(question, segment).part).toBeUndefined();
  });

  it("are the whole where the schema has such words", () => {
    const named = said("reviews with the grade letter B", "B", {
      ...people,
      tables: people.tables.map((one) => ({ ...one, words: [...one.words, "letter"] })),
    });
    expect(named.part).toBeUndefined();
  });

  it("are nothing to look for where they are quoted names of columns", () => {
    const question = `buyers who have "Ada" as "segment"`;
    expect(said(question, "segment").may("=", "buyers.city")).toBe(false);
    expect(said(question, "Ada").may("=", "buyers.segment")).toBe(true);
    const field = said(`baskets whose state is "segment"`, "segment");
    expect(field.may("=", "baskets.state")).toBe(true);
  });
});

/** The search begun with this question, and the tokens of the shop's columns and tables. */
function begun(question: string) {
  const tokens = tokenise(normaliseText(question));
  const candidates = readCandidates(tokens, shop, askedAt(NOW));
  const links = linkNames(tokens, shop, thesaurus);
  const demands = demandsOf({ tokens, graph: shop, candidates, links });
  const tableStart = GRAMMAR_SIZE + shop.columns.length;
  return {
    start: startProgram(shop, candidates, wishesOf(tokens, candidates), demands),
    column: (name: string) => GRAMMAR_SIZE + columnOf(shop, name),
    table: (name: string) => tableStart + tableOf(shop, name),
    value: (text: string) =>
      tableStart + shop.tables.length + candidates.findIndex((one) => one.text === text),
  };
}

describe("the search", () => {
  const word = grammarId;

  it("goes against what is said of a value only where it compares it otherwise", () => {
    const { start, column, table, value } = begun("baskets with a discount of more than 7");
    const compared = (operator: GrammarWord) =>
      start
        .follow(table("baskets"))
        .follow(word("select"))
        .follow(column("baskets.id"))
        .follow(word("where"))
        .follow(column("baskets.discount"))
        .follow(word(operator));
    expect(compared("<").allowed).toContain(value("7"));
    expect(compared("<").against).toContain(value("7"));
    expect(compared(">").against).not.toContain(value("7"));
  });

  it("goes against it where as many rows are wanted", () => {
    const { start, column, table, value } = begun("baskets with a discount of more than 7");
    const limited = start
      .follow(table("baskets"))
      .follow(word("select"))
      .follow(column("baskets.id"))
      .follow(word("order"))
      .follow(word("desc"))
      .follow(column("baskets.discount"))
      .follow(word("limit"));
    expect(limited.against).toEqual([value("7")]);
  });

  it.each([
    "show all the information about buyers in Berlin",
    "give me all details of the buyers",
    "all available data on buyers",
  ])("shows everything for “%s”", (question) => {
    const { start, table } = begun(question);
    const shown = start.follow(table("buyers")).follow(word("select"));
    expect(shown.allowed.filter((one) => !shown.against.includes(one))).toEqual([
      word("distinct"),
      word("*"),
    ]);
  });

  it.each([
    "show all the buyers",
    "all information systems of the buyers",
    "details of the buyers",
    "the average discount of all data",
    "count all the data",
    "how many buyers have all details",
    "all email information of the buyers",
  ])("shows whatever is said for “%s”", (question) => {
    const { start, table } = begun(question);
    expect(start.follow(table("buyers")).follow(word("select")).against).toEqual([]);
  });

  const first = (question: string, demanding = true) => {
    const reading = network.read(question, madeSchemas().get("made_shop")!, askedAt(NOW));
    const demands = demanding ? reading.demands : noDemands;
    return network.propose({ ...reading, demands })[0]?.program;
  };

  it("finds with them what it holds for less likely without", () => {
    const question = "makers with deliveries of more than 5 pieces";
    const pieces = columnOf(shop, "deliveries.pieces");
    expect(first(question)?.where[0]?.condition.term).toEqual({ column: pieces });
    expect(first(question)?.having).toEqual([]);
    expect(first(question, false)?.having).not.toEqual([]);
  });

  it("writes what is equal to a part of a text as what holds it", () => {
    const operators = (demanding?: boolean) =>
      first("makers whose company name starts with the letter A", demanding)?.where.map(
        (one) => one.condition.operator,
      );
    expect(operators()).toEqual(["starts"]);
    expect(operators(false)).not.toEqual(["starts"]);
  });
});

describe("a program with parts of texts", () => {
  const counts = { columns: 3, tables: 1, values: 2 };
  const value = GRAMMAR_SIZE + 4;
  const demands: Demands = {
    everything: false,
    values: [{ agrees: () => true, mayLimit: false, part: "ends", whole: new Set([2]) }, undefined],
  };
  const [column, stored] = [GRAMMAR_SIZE + 1, GRAMMAR_SIZE + 2];

  it.each<[GrammarWord, GrammarWord]>([
    ["=", "ends"],
    ["contains", "ends"],
    ["!=", "notends"],
    ["notcontains", "notends"],
    [">", ">"],
    ["(", "("],
  ])("has for %s %s", (written, meant) => {
    const steps = (operator: GrammarWord, of: number) => [column, grammarId(operator), of];
    expect(withParts(steps(written, value), demands, counts)).toEqual(steps(meant, value));
    const whole = [stored, grammarId(written), value];
    expect(withParts(whole, demands, counts)).toEqual(whole);
    expect(withParts(steps(written, value + 1), demands, counts)).toEqual(
      steps(written, value + 1),
    );
  });
});
