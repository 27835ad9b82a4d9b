/** Ids that sort by time, and one text per JSON value. */
// covers: HTTP-11
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, type Json } from "../../../shared/kernel/canonical-json.ts";
import { newId } from "../../../shared/kernel/ids.ts";

describe("ids", () => {
  it("sort as the times they were made at", () => {
    const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
    fc.assert(
      fc.property(time, time, (a, b) => {
        fc.pre(a !== b);
        expect(newId("qry", a) < newId("qry", b)).toBe(a < b);
      }),
    );
  });

  it("are unique among 100 000 of one millisecond, and all of one form", () => {
    const ids = new Set(Array.from({ length: 100_000 }, () => newId("key", 1_772_366_400_000)));
    expect(ids.size).toBe(100_000);
    for (const id of ids) expect(id).toMatch(/^key_[0-9a-hjkmnp-tv-z]{26}$/);
  });
});

describe("canonical JSON", () => {
  it("means the same value, and is the same text for it however it was built", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value as Json);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text) as Json)).toBe(text);
      }),
    );
  });

  it("sorts keys by UTF-16 code unit and prints as RFC 8785's own example does", () => {
    const value = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    };
    expect(Object.values(JSON.parse(canonicalJson(value)))).toEqual(
      expect.arrayContaining(["One"]),
    );
    expect([...canonicalJson(value).matchAll(/:"(.*?)"/g)].map((match) => match[1])).toEqual([
      "Carriage Return",
      "One",
      "Control",
      "Latin Small Letter O With Diaeresis",
      "Euro Sign",
      "Emoji: Grinning Face",
      "Hebrew Letter Dalet With Dagesh",
    ]);
    expect(canonicalJson([Number("333333333.33333329"), 1e30, 4.5, 2e-3, -0])).toBe(
      "[333333333.3333333,1e+30,4.5,0.002,0]",
    );
  });

  it("leaves out what is undefined and refuses what JSON cannot hold", () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => canonicalJson({ bad })).toThrow(TypeError);
  });
});
