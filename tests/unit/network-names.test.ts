// covers: ASK-08
/** Names come apart into the words that people say, and a key is said by its number. */
import { describe, expect, it } from "vitest";
import { sayIds } from "../../shared/ask/network/say-ids.ts";
import { nameReader, wordsOfName } from "../../shared/ask/network/words.ts";
import { normaliseText, tokenise } from "../../shared/ask/tokens.ts";
import { madeGraph } from "../support/network/shop.ts";

describe("names written as one", () => {
  const read = nameReader(["year", "player", "yearid", "PLAYERNO", "first_name", "on_hold"]);

  it.each([
    ["yearid", "year id"],
    ["PLAYERNO", "player no"],
    ["namekey", "name key"],
    ["playername", "playername"],
    ["paid", "paid"],
    ["valid", "valid"],
    ["onhold", "onhold"],
    ["holdno", "hold no"],
  ])("%s is %s", (name, words) => {
    expect(read(name).join(" ")).toBe(words);
  });

  it("stay as they are where nothing beside them has their parts", () => {
    expect(wordsOfName("playerid")).toEqual(["playerid"]);
    expect(nameReader(["playerid"])("playerid")).toEqual(["playerid"]);
  });
});

describe("the number of a thing", () => {
  const people = madeGraph("people");
  const said = (question: string, graph = people): string =>
    sayIds(tokenise(normaliseText(question)), graph)
      .map(({ lower }) => lower)
      .join(" ");

  it("is its key, where that is called an id", () => {
    expect(said("the unit number and the Unit numbers")).toBe("the unit id and the unit id");
  });

  it.each([
    "the number of units",
    "number",
    "the wage number",
    "units number 5",
    "unit number per site",
    "the unit number of each site",
    "sites sorted by unit number",
    "the highest unit number",
  ])("is what it says in “%s”", (question) => expect(said(question)).toBe(question.toLowerCase()));

  it("is what it says where something is called a number", () => {
    const columns = people.columns.map((one) =>
      one.info.name === "site" ? { ...one, words: ["unit", "number"] } : one,
    );
    expect(said("the unit number", { ...people, columns })).toBe("the unit number");
    const own = people.columns.map((one) =>
      one.info.name === "unit_name" ? { ...one, words: ["number"] } : one,
    );
    expect(said("the unit number", { ...people, columns: own })).toBe("the unit number");
  });
});
