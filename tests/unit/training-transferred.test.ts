/** A question carried to another schema asks there what it asked before, of names and values that are there. */
// covers: ASK-08
import { describe, expect, it } from "vitest";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { openThesaurus, readAsset } from "../../shared/adapters/question-network/load-network.ts";
import { readCandidates } from "../../shared/ask/network/candidates.ts";
import type { SchemaGraph } from "../../shared/ask/network/graph.ts";
import { linkNames } from "../../shared/ask/network/link-names.ts";
import { writeProgram } from "../../shared/ask/network/program.ts";
import { programOf } from "../../shared/ask/network/sql-to-program.ts";
import { normaliseText, tokenise } from "../../shared/ask/tokens.ts";
import { createSelectReader } from "../../shared/compose-network.ts";
import { madeSchemas } from "../../training/made-schemas.ts";
import { Choices } from "../../training/random.ts";
import { type Pattern, patternOf, transfer } from "../../training/transferred.ts";
import { askedAt } from "../support/asked-at.ts";
import { madeGraph } from "../support/network/shop.ts";

const NOW = askedAt(Date.UTC(2026, 0, 15));
const shop = madeGraph("shop");
const readSql = createSelectReader(await createLibpgParser());
const thesaurus = await openThesaurus(readAsset);

function pattern(question: string, sql: string): Pattern | undefined {
  const tokens = tokenise(normaliseText(question));
  const candidates = readCandidates(tokens, shop, NOW);
  const select = readSql(sql);
  if (select === undefined) throw new Error(sql);
  const { program } = programOf(select, shop, candidates);
  const links = linkNames(tokens, shop, thesaurus);
  return patternOf({ tokens, graph: shop, program, candidates }, links);
}

const told = [
  [
    "What are the names of buyers whose city is Oslo?",
    "select name from buyers where city = 'Oslo'",
  ],
  [
    "List the titles of articles with list price above 40.",
    "select title from articles where list_price > 40",
  ],
  [
    "How many baskets does each buyer have? Show the buyer name.",
    "select b.name, count(*) from baskets k join buyers b on k.buyer_id = b.id group by b.name",
  ],
  [
    "average stock level of articles for each brand",
    "select brand, avg(stock_level) from articles group by brand",
  ],
] as const;

const targets: readonly SchemaGraph[] = [...madeSchemas().keys()].map((name) =>
  madeGraph(name.replace("made_", "")),
);

describe("a question carried to another schema", () => {
  it.each(told)("“%s” keeps its form, and says what its program uses", (question, sql) => {
    const own = pattern(question, sql);
    if (own === undefined) throw new Error("no pattern");
    const choices = new Choices(11);
    const carried = Array.from({ length: 150 }, () => {
      const graph = choices.of(targets);
      const made = transfer(own, graph, choices);
      return made === undefined ? [] : [{ graph, made }];
    }).flat();
    expect(carried.length).toBeGreaterThan(20);
    const form = (steps: ReturnType<typeof writeProgram>): string =>
      steps.map((step) => (step.kind === "word" ? step.word : step.kind)).join(" ");
    for (const { graph, made } of carried) {
      expect(form(writeProgram(made.program))).toBe(form(writeProgram(own.program)));
      const said = tokenise(normaliseText(made.question)).map(({ stem }) => stem);
      for (const step of writeProgram(made.program)) {
        const column = step.kind === "column" ? graph.columns[step.at] : undefined;
        if (step.kind === "column") expect(column).toBeDefined();
        for (const word of column?.words ?? [])
          expect(said, made.question).toContain(tokenise(word)[0]?.stem);
      }
      for (const value of made.values)
        if ("text" in value) expect(made.question).toContain(value.text);
    }
  });

  it("puts values of the new column in the place of the old one's", () => {
    const own = pattern(...told[0]);
    const choices = new Choices(5);
    const texts = new Set<string>();
    for (let at = 0; at < 100; at += 1) {
      const made = own && transfer(own, madeGraph("bank"), choices);
      const [value] = made?.values ?? [];
      if (value !== undefined && "text" in value) texts.add(value.text);
    }
    expect(texts.size).toBeGreaterThan(3);
    expect(texts).not.toContain("Oslo");
  });

  it("is not made of one that leaves a name unsaid", () => {
    expect(
      pattern("Which buyer came first?", "select name from buyers order by joined_at limit 1"),
    ).toBe(undefined);
  });
});
