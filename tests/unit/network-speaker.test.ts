// covers: ASK-07
/** The network read backwards: which program explains the words of a question. */

import { describe, expect, it } from "vitest";
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { openNetwork, readAsset } from "../../shared/adapters/question-network/load-network.ts";
import { writeProgram } from "../../shared/ask/network/program.ts";
import type { QuestionReading } from "../../shared/ask/network/question-network.ts";
import { tell } from "../../shared/ask/network/speaker.ts";
import { programOf } from "../../shared/ask/network/sql-to-program.ts";
import { tokenOf } from "../../shared/ask/network/vocabulary.ts";
import { createSelectReader } from "../../shared/compose-network.ts";
import type { SourceSchema } from "../../shared/sources/ports.ts";
import { madeSchemas } from "../../training/made-schemas.ts";
import { askedAt } from "../support/asked-at.ts";

const NOW = Date.UTC(2026, 0, 15);
const { network, weights } = await openNetwork(readAsset);
const readSql = createSelectReader(await createLibpgParser());
const shop = shopSchema();
/** A small part of what the workspace's memory grows by at once. */
const PAGE_FLOATS = 1_024;
const GROWTH_FLOATS = 262_144;

function shopSchema(): SourceSchema {
  const schema = madeSchemas().get("made_shop");
  if (schema === undefined) throw new Error("no shop");
  return schema;
}

const read = (question: string): QuestionReading => network.read(question, shop, askedAt(NOW));

function stepsOf(sql: string, { graph, candidates, features }: QuestionReading): readonly number[] {
  const select = readSql(sql);
  if (select === undefined) throw new Error(sql);
  const { program } = programOf(select, graph, candidates);
  return writeProgram(program).map((step) => tokenOf(step, features));
}

function told(question: string, sql: string): readonly number[] {
  const reading = read(question);
  const chances = tell(weights, reading.features, stepsOf(sql, reading));
  if (chances === undefined) throw new Error(`nothing was told of ${sql}`);
  return chances;
}

const total = (question: string, sql: string) =>
  told(question, sql).reduce((sum, one) => sum + one, 0);

describe("the speaker", () => {
  it.each([
    [
      "What are the names of buyers whose city is Oslo?",
      "select name from buyers where city = 'Oslo'",
      "select name from buyers",
    ],
    [
      "how many articles are there",
      "select count(*) from articles",
      "select max(list_price) from articles",
    ],
    [
      "names of the articles with the lowest list price",
      "select title from articles order by list_price limit 1",
      "select title from articles order by list_price desc limit 1",
    ],
    [
      "how many buyers are there in each city",
      "select city, count(*) from buyers group by city",
      "select count(*) from buyers",
    ],
  ])("holds %s likelier of what it asks than of something else", (question, asked, other) => {
    expect(total(question, asked)).toBeGreaterThan(total(question, other) + 1);
  });

  it("takes a word of like meaning for the name that it may stand for", () => {
    const question = "how many purchasers are there";
    const [, , meant = 0] = told(question, "select count(*) from buyers");
    const [, , other = 0] = told(question, "select count(*) from makers");
    expect(meant).toBeGreaterThan(other + 1);
  });

  it("holds a column likelier of the table that is asked about", () => {
    const question = "what is the state of the basket of each buyer";
    const own = "select baskets.state from baskets join buyers on baskets.buyer_id = buyers.id";
    const other = "select buyers.city from baskets join buyers on baskets.buyer_id = buyers.id";
    expect(total(question, own)).toBeGreaterThan(total(question, other) + 1);
  });

  it("gives a chance to every word and to the end", () => {
    const question = "names of buyers whose city is Oslo";
    const chances = told(question, "select name from buyers where city = 'Oslo'");
    expect(chances).toHaveLength(read(question).tokens.length + 1);
    expect(chances.every((one) => one < 0 && Number.isFinite(one))).toBe(true);
  });

  it("says the same whatever was computed before, and in memory that had to grow", () => {
    const [question, sql] = ["how many buyers are there", "select count(*) from buyers"];
    const first = told(question, sql);
    told("names of articles", "select title from articles");
    expect(told(question, sql)).toEqual(first);
    const reading = read(question);
    const steps = stepsOf(sql, reading);
    const { space } = weights;
    const own = space.borrow(() => {
      const before = space.sizeBytes;
      while (space.sizeBytes === before) space.take(PAGE_FLOATS);
      // Of what it grew by, next to nothing is left.
      space.take(GROWTH_FLOATS - 2 * PAGE_FLOATS);
      const full = space.sizeBytes;
      const chances = tell(weights, reading.features, steps);
      expect(space.sizeBytes).toBeGreaterThan(full);
      return chances;
    });
    expect(own).toEqual(first);
  });

  it("expects a value and a word that nobody knows where the program has them", () => {
    const oslo = "names of buyers whose city is Oslo";
    const placed = told(oslo, "select name from buyers where city = 'Oslo'")[6] ?? 0;
    expect(placed).toBeGreaterThan((told(oslo, "select name from buyers")[6] ?? 0) + 1);
    const withdrawn = "when was each article withdrawn";
    const named = told(withdrawn, "select withdrawn_at from articles")[4] ?? 0;
    expect(named).toBeGreaterThan((told(withdrawn, "select title from articles")[4] ?? 0) + 1);
  });

  it("does not judge a question that is longer than nearly all it learnt from", () => {
    const reading = read(`how many ${"very ".repeat(60)}old buyers`);
    const steps = stepsOf("select count(*) from buyers", reading);
    expect(tell(weights, reading.features, steps)).toBeUndefined();
  });
});
