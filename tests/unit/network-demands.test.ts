// covers: ASK-08, ASK-33
/** What a question says outright of its values and of what is shown, and what the search may write for it then. */
import { describe, expect, it } from "vitest";
import { openThesaurus, readAsset } from "../../shared/adapters/question-network/load-network.ts";
import { readCandidates } from "../../shared/ask/network/candidates.ts";
import { demandsOf } from "../../shared/ask/network/demands.ts";
import { startProgram } from "../../shared/ask/network/grammar.ts";
import { linkNames } from "../../shared/ask/network/link-names.ts";
import { GRAMMAR_SIZE, type GrammarWord, grammarId } from "../../shared/ask/network/vocabulary.ts";
import { wishesOf } from "../../shared/ask/network/wishes.ts";
import { normaliseText, tokenise } from "../../shared/ask/tokens.ts";
import { askedAt } from "../support/asked-at.ts";
import { columnOf, madeGraph, tableOf } from "../support/network/shop.ts";

const NOW = Date.UTC(2026, 0, 15);
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
    may: (operator: GrammarWord, name?: string) => {
      const column = name === undefined ? undefined : columnOf(graph, name);
      const table = column === undefined ? undefined : graph.columns[column]?.table;
      const tables = table === undefined ? graph.tables.map((_, one) => one) : [table];
      const isCount = column === undefined;
      return own?.mayCompare({ operator, column, isCount, tables }) ?? true;
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

  it("are rows that are wanted only where they are not compared", () => {
    expect(said("baskets with more than 7 units", "7").mayLimit).toBe(false);
    expect(said("baskets placed in 2021", "2021").mayLimit).toBe(false);
    expect(said("show 7 baskets", "7").mayLimit).toBe(true);
  });

  it("that are years are compared with times, where a table of the query has any", () => {
    const year = said("baskets placed in 2021", "2021");
    expect(year.may("=", "baskets.discount")).toBe(false);
    expect(year.may("=", "baskets.placed_at")).toBe(true);
    expect(year.may("=", "basket_lines.units")).toBe(true);
    expect(said("baskets with a discount of 2021", "2021").may("=", "baskets.discount")).toBe(true);
    const second = said("baskets placed in 2021 and 2022", "2022");
    expect(second.may("=", "baskets.discount")).toBe(false);
  });

  it("are no numbers of rows where a column counts what they are said of", () => {
    const pieces = said("articles with more than 5 pieces", "5");
    expect(pieces.may(">")).toBe(false);
    expect(pieces.may(">", "deliveries.pieces")).toBe(true);
    expect(said("buyers with more than 5 baskets", "5").may(">")).toBe(true);
  });
});

describe("the one that nobody says", () => {
  it("is a flag, or what there is more of", () => {
    const one = said("late deliveries", "1");
    expect(one.may("=", "deliveries.late")).toBe(true);
    expect(one.may(">")).toBe(true);
    expect(one.may(">", "deliveries.pieces")).toBe(false);
    expect(one.may("=")).toBe(false);
    expect(one.mayLimit).toBe(true);
  });
});

describe("texts", () => {
  it.each<[string, string, GrammarWord]>([
    ["buyers with the letter M in their names", "M", "contains"],
    ["buyers whose name does not contain the letter M", "M", "notcontains"],
    ["buyers whose name starts with M", "M", "starts"],
    ["buyers whose name ends with the letters son", "son", "ends"],
    ["articles with the word Lamp in the title", "Lamp", "contains"],
    ["articles whose title contains Lumen", "Lumen", "contains"],
    ["buyers with the letters A or B in their names", "B", "contains"],
  ])("of “%s” are no more than a part", (question, text, operator) => {
    expect(said(question, text).may(operator, "buyers.name")).toBe(true);
    expect(said(question, text).may("=", "buyers.name")).toBe(false);
  });

  it("may be the whole where somebody stores them", () => {
    const segment = shop.columns[columnOf(shop, "buyers.segment")]?.info.values?.[0] ?? "";
    expect(segment).not.toBe("");
    const question = `segments that include ${segment}`;
    expect(said(question, segment).may("=", "buyers.segment")).toBe(true);
  });

  it("are the whole where the schema has such words", () => {
    const named = said("reviews with the grade letter B", "B", {
      ...people,
      tables: people.tables.map((one) => ({ ...one, words: [...one.words, "letter"] })),
    });
    expect(named.may("=", "reviews.comment")).toBe(true);
  });

  it("are nothing to look for where they are quoted names of columns", () => {
    const question = `buyers who have "Ada" as "segment"`;
    expect(said(question, "segment").may("=", "buyers.city")).toBe(false);
    expect(said(question, "Ada").may("=", "buyers.segment")).toBe(true);
  });
});

describe("what is shown", () => {
  const first = (question: string): readonly number[] => {
    const tokens = tokenise(normaliseText(question));
    const candidates = readCandidates(tokens, shop, askedAt(NOW));
    const demands = demandsOf({
      ...{ tokens, graph: shop, candidates },
      links: linkNames(tokens, shop, thesaurus),
    });
    const buyers = GRAMMAR_SIZE + shop.columns.length + tableOf(shop, "buyers");
    return startProgram(shop, candidates, wishesOf(tokens, candidates), demands)
      .follow(buyers)
      .follow(grammarId("select")).allowed;
  };
  const rows = [grammarId("distinct"), grammarId("*")];

  it.each([
    "show all the information about buyers in Berlin",
    "give me all details of the buyers",
    "all available data on buyers",
  ])("is everything for “%s”", (question) => {
    expect(first(question)).toEqual(rows);
  });

  it.each([
    "show all the buyers",
    "all information systems of the buyers",
    "details of the buyers",
  ])("is whatever is said for “%s”", (question) => {
    expect(first(question).length).toBeGreaterThan(rows.length);
  });
});
