/** Verified examples: exact matches, typed slots, and near-misses that must not match. */
// covers: ASK-01

import { describe, expect, it } from "vitest";
import { loadDateReader } from "../../shared/adapters/chrono/date-reader.ts";
import { createAskEngine } from "../../shared/ask/engine.ts";
import type { AskOutcome, VerifiedExample } from "../../shared/ask/ports.ts";
import { namesOnlyKnownTables } from "../../shared/ask/sql-tables.ts";
import { shopNow, shopSchema } from "../support/shop-schema.ts";

const example = (
  question: string,
  sql: string,
  slots: readonly string[] = [],
): VerifiedExample => ({ exampleId: question, sourceId: "shop", question, sql, slots });
const examples: readonly VerifiedExample[] = [
  example("net revenue of 2023", "select 1 from orders"),
  example("orders of the last {n:int} days", "select 2 from orders where $1 > 0", ["n"]),
  example("orders of {name:text}", "select 3 from orders where $1 = ''", ["name"]),
  example(
    "orders on {day:date} above {n:int}",
    "select 4 from orders where $1 > 0 and $2 is null",
    ["n", "day"],
  ),
  example("best customers in {region:value}", "select 5 from customers where region = $1", [
    "region",
  ]),
  example("secret plans", "select 6 from plans"),
  example("orders of the last 30 days", "select 7 from orders"),
];
const ask = (question: string): Promise<AskOutcome> =>
  createAskEngine(loadDateReader).ask({ question, schema: shopSchema, examples, now: shopNow });
const verified = async (question: string): Promise<unknown> => {
  const outcome = await ask(question);
  return outcome.kind === "answer" && outcome.provenance === "verified"
    ? [outcome.sql.slice(7, 8), outcome.params]
    : undefined;
};

describe("verified examples", () => {
  it.each([
    "net revenue of 2023",
    "Net  revenue of 2023?",
    "What is the net revenue of 2023?",
    "Please show me net revenue of 2023.",
  ])("answer at once: %s", async (question) => {
    expect(await verified(question)).toEqual(["1", []]);
    expect((await ask(question)).confidence).toBeGreaterThanOrEqual(0.99);
  });

  it.each([
    "net revenue of 2024",
    "gross revenue of 2023",
    "net revenue of 2023 by region",
    "net revenue",
  ])("do not match a near-miss: %s", async (question) => {
    expect(await verified(question)).toBeUndefined();
  });

  it("fill slots with values of their type, in the order of the SQL's parameters", async () => {
    expect(await verified("orders of the last 14 days")).toEqual(["2", [14]]);
    expect(await verified("orders on May 1, 2026 above 500")).toEqual(["4", [500, "2026-05-01"]]);
    expect(await verified("orders on yesterday above twelve")).toEqual(["4", [12, "2026-05-13"]]);
    expect(await verified("orders of 'amber bank'")).toEqual(["3", ["amber bank"]]);
    expect(await verified("orders of Amber Bank")).toEqual(["3", ["Amber Bank"]]);
    expect(await verified("Best customers in north america")).toEqual(["5", ["North America"]]);
  });

  it.each([
    "orders of the last few days",
    "orders of the last 1.5 days",
    "orders of last month",
    "best customers in Atlantis",
    "orders on March 2026 above 5",
  ])("leave alone what does not fit a slot: %s", async (question) => {
    expect(await verified(question)).toBeUndefined();
  });

  it("prefer the example with fewer slots", async () => {
    expect(await verified("orders of the last 30 days")).toEqual(["7", []]);
  });

  it("are not used once a table they read is gone", async () => {
    expect(await verified("secret plans")).toBeUndefined();
  });
});

describe("tables an example reads", () => {
  it.each([
    ["select extract(year from ordered_at) from orders", true],
    ["with recent as (select * from orders) select * from recent", true],
    ["select 'from plans' from public.orders o join \"customers\" c on true", true],
    ["select * from orders where id in (select id from plans)", false],
    ["select * from other.orders", false],
    ["select a is distinct from b from orders", true],
  ])("%s", (sql, known) => {
    expect(namesOnlyKnownTables(sql, shopSchema)).toBe(known);
  });
});
