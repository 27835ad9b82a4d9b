/** Reading a question's words: tokens, stems, numbers, dates and periods. */
// covers: ASK-02

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isOneEditApart } from "../../shared/ask/link.ts";
import { findPeriods } from "../../shared/ask/periods.ts";
import { root, stem } from "../../shared/ask/stem.ts";
import { stemsOf, tokenise } from "../../shared/ask/tokens.ts";
import { askedAt } from "../support/asked-at.ts";

const now = Date.parse("2026-05-14T10:30:00Z");
const period = (question: string): readonly (string | undefined)[] => {
  const found = findPeriods(tokenise(question), askedAt(now))[0]?.period;
  const day = (at: number | undefined): string | undefined =>
    at === undefined ? undefined : new Date(at).toISOString().replace("T00:00:00.000Z", "");
  return [day(found?.from), day(found?.to)];
};

describe("tokens", () => {
  it("keeps quoted values whole and reads numbers in every usual spelling", () => {
    const tokens = tokenise("orders of \"Amber Bank\" over 1,500.50 or 10k, twelve, status 'open'");
    expect(tokens.filter((token) => token.kind === "quoted").map((token) => token.text)).toEqual([
      "Amber Bank",
      "open",
    ]);
    expect(tokens.filter((token) => token.kind === "number").map((token) => token.value)).toEqual([
      1500.5, 10_000, 12,
    ]);
  });

  it("reads words alone as it reads them beside punctuation, which takes the longer way", () => {
    const word = fc.oneof(
      fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/),
      fc.constantFrom(
        "cannot",
        "One",
        "twelve",
        "orderItems",
        "McDonald",
        "iPhone",
        "OPEN",
        "k",
        "9",
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const text = words.join(" ");
        expect(tokenise(text)).toEqual(tokenise(`${text} ?`).slice(0, -1));
        expect(stemsOf(text)).toEqual(stemsOf(`${text} ?`));
      }),
    );
  });

  it("splits contractions, possessives, hyphens, underscores and camel case", () => {
    expect(
      tokenise("today's jobs haven't run; follow-up of order_items and orderItems").map(
        (token) => token.lower,
      ),
    ).toEqual([
      "today",
      "jobs",
      "have",
      "not",
      "run",
      ";",
      "follow",
      "up",
      "of",
      "order",
      "items",
      "and",
      "order",
      "items",
    ]);
  });

  it("reads any string whatever", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => tokenise(text).length >= 0));
  });
});

describe("stems", () => {
  it("undoes plurals and leaves what only looks like one", () => {
    expect(
      ["orders", "countries", "statuses", "status", "boxes", "people", "address"].map(stem),
    ).toEqual(["order", "country", "status", "status", "box", "person", "address"]);
  });

  it("brings verb forms and nouns of action together", () => {
    expect(root("scheduled")).toBe(root("scheduling"));
    expect(root("predictions")).toBe(root("predicted"));
    expect(root("cancelled")).toBe(root("cancel"));
  });

  it("sees one misspelling and not two", () => {
    expect(isOneEditApart("custmer", "customer")).toBe(true);
    expect(isOneEditApart("cutsomer", "customer")).toBe(true);
    expect(isOneEditApart("cstmer", "customer")).toBe(false);
    expect(isOneEditApart("customer", "customer")).toBe(false);
  });
});

describe("periods are half-open and in UTC", () => {
  it.each([
    ["jobs today", "2026-05-14", "2026-05-15"],
    ["jobs of yesterday", "2026-05-13", "2026-05-14"],
    ["due tomorrow", "2026-05-15", "2026-05-16"],
    ["this week", "2026-05-11", "2026-05-18"],
    ["last week", "2026-05-04", "2026-05-11"],
    ["last month", "2026-04-01", "2026-05-01"],
    ["this quarter", "2026-04-01", "2026-07-01"],
    ["last year", "2025-01-01", "2026-01-01"],
    ["in the last 7 days", "2026-05-08", "2026-05-15"],
    ["past two weeks", "2026-05-01", "2026-05-15"],
    ["last 3 months", "2026-02-15", "2026-05-15"],
    ["3 days ago", "2026-05-11", "2026-05-12"],
    ["on 2026-05-01", "2026-05-01", "2026-05-02"],
    ["on May 1st, 2026", "2026-05-01", "2026-05-02"],
    ["on the 5th of March 2026", "2026-03-05", "2026-03-06"],
    ["in March 2026", "2026-03-01", "2026-04-01"],
    ["in November", "2025-11-01", "2025-12-01"],
    ["in 2025", "2025-01-01", "2026-01-01"],
    ["Q1 2026", "2026-01-01", "2026-04-01"],
    ["since 2026-05-01", "2026-05-01", undefined],
    ["after 2026-05-01", "2026-05-02", undefined],
    ["before 2026-05-01", undefined, "2026-05-01"],
    ["until 2026-05-01", undefined, "2026-05-02"],
    ["between 2026-05-01 and 2026-05-03", "2026-05-01", "2026-05-04"],
    ["from January to March 2026", "2026-01-01", "2026-04-01"],
    ["orders in 2024 to 2025", "2024-01-01", "2026-01-01"],
    ["last 24 hours", "2026-05-13T10:30:00.000Z", "2026-05-14T10:30:00.000Z"],
  ])("%s", (question, from, to) => {
    expect(period(question)).toEqual([from, to]);
  });

  it.each([
    "orders over 2000",
    "last 5 orders",
    "2026-02-31",
    "may I see the orders",
    "between 10 and 20",
    "Q5 2026",
  ])("is none: %s", (question) => {
    expect(period(question)).toEqual([undefined, undefined]);
  });

  it("never ends before it starts", () => {
    const word = fc.constantFrom(
      "last",
      "this",
      "since",
      "between",
      "and",
      "2026-05-01",
      "2024-02-29",
      "7",
      "days",
      "month",
      "March",
      "2026",
      "ago",
      "before",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 9 }), (words) =>
        findPeriods(tokenise(words.join(" ")), askedAt(now)).every(
          ({ period: { from, to }, start, end }) =>
            end > start && (from === undefined || to === undefined || from < to),
        ),
      ),
      // The library takes this for a range from 5 to 1 March.
      { examples: [[["2026-05-01", "March"]]] },
    );
  });
});
