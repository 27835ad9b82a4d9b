/** Strict JSON accepts what JSON.parse accepts, but for a key twice, depth, bad UTF-8 and `__proto__`. */
// covers: HTTP-01
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonRejected, parseStrictJson } from "../../../shared/http/strict-json.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const strict = (text: string) => parseStrictJson(bytes(text));
const accepted = (read: () => unknown) => {
  try {
    return { value: read() };
  } catch (error) {
    return { error };
  }
};

/** Texts near JSON: values with odd white space, escapes spelled out, and random edits. */
const spaced = fc
  .tuple(fc.jsonValue({ noUnicodeString: false }), fc.constantFrom("", " ", "\n\t", "  "))
  .map(([value, space]) => JSON.stringify(value, null, space));
const edited = fc
  .tuple(
    spaced,
    fc.nat(),
    fc.constantFrom("", '"', "\\", "{", "}", "[", "]", ",", ":", "0", "\\u0041"),
    fc.nat(3),
  )
  .map(([text, at, insert, cut]) => {
    const place = at % (text.length + 1);
    return (text.slice(0, place) + insert + text.slice(place + cut)).toWellFormed();
  });

/** The reference for a repeated key: a reviver sees parents after children and cannot count, so keys are counted by hand. */
function hasExtraRule(text: string): boolean {
  return /__proto__|\\u005f/i.test(text) || repeatsKey(text) || depthOf(text) > 64;
}

function withoutStrings(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of withoutStrings(text)) {
    if (character === "{" || character === "[") deepest = Math.max(deepest, ++depth);
    else if (character === "}" || character === "]") depth--;
  }
  return deepest;
}

/** Keys in the text against keys in the value: JSON.parse drops the earlier of two. */
function repeatsKey(text: string): boolean {
  const written = [...text.matchAll(/"(?:[^"\\]|\\.)*"\s*(:?)/g)].filter(
    (match) => match[1],
  ).length;
  let kept = 0;
  JSON.parse(text, function count(this: unknown, key, value) {
    if (!Array.isArray(this) && !(key === "" && isRoot(this))) kept++;
    return value;
  });
  return written !== kept;
}

/** JSON.parse wraps the root in `{"": value}`, whose one visit is not a key of the text. */
function isRoot(holder: unknown): boolean {
  return roots.has(holder as object);
}
const roots = { has: (holder: object) => Object.keys(holder).length === 1 && "" in holder };

const keys = fc
  .string({ unit: "grapheme", minLength: 1 })
  .filter((one) => one.isWellFormed() && one !== "__proto__");

/** Every character of a name as `\uXXXX`. */
function escapeAll(name: string): string {
  const units = Array.from({ length: name.length }, (_, i) => name.charCodeAt(i));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("")}"`;
}

describe("strict JSON", () => {
  it("gives what JSON.parse gives for every JSON value, however it is spaced", () => {
    fc.assert(
      fc.property(spaced, (text) => {
        fc.pre(!hasExtraRule(text));
        expect(strict(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it("refuses exactly what JSON.parse refuses among texts that are nearly JSON, beside its own rules", () => {
    fc.assert(
      fc.property(edited, (text) => {
        const plain = accepted(() => JSON.parse(text));
        const ours = accepted(() => strict(text));
        if ("error" in plain) expect(ours).toHaveProperty("error");
        else if ("value" in ours) expect(ours.value).toEqual(plain.value);
        else expect(hasExtraRule(text)).toBe(true);
        if ("error" in ours) expect(ours.error).toBeInstanceOf(JsonRejected);
      }),
      { numRuns: 2_000 },
    );
  });

  it("refuses any object with one of its keys repeated, wherever it is and however it is escaped", () => {
    fc.assert(
      fc.property(keys, fc.boolean(), fc.nat(5), (name, escaped, deep) => {
        const plain = JSON.stringify(name);
        const inner = `{${plain}: "}],{", "it's another": 1, ${escaped ? escapeAll(name) : plain}:0}`;
        const text = `${'[{"a":'.repeat(deep)}${inner}${"}]".repeat(deep)}`;
        expect(() => JSON.parse(text)).not.toThrow();
        expect(() => strict(text)).toThrow("same key twice");
      }),
    );
  });

  it("allows one key in different objects, and equal texts as values", () => {
    for (const text of [
      '[{"a":1},{"a":1}]',
      '{"a":{"a":{"a":1}}}',
      '{"a":"a","b":"a"}',
      '["a","a"]',
      '{"a":["b","b"],"b":1}',
    ])
      expect(strict(text)).toEqual(JSON.parse(text));
  });

  it("takes 64 levels and refuses 65, of arrays, objects and both", () => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      const nest = (depth: number) =>
        open.repeat(depth) + (open === "[" ? "" : "0") + close.repeat(depth);
      expect(() => strict(nest(64))).not.toThrow();
      expect(() => strict(nest(65))).toThrow("deeper than 64");
    }
    expect(() => strict("[".repeat(400_000) + "]".repeat(400_000))).toThrow(JsonRejected);
  });

  it.each([
    ["__proto__", '{"__proto__":{"admin":true}}'],
    ["__proto__ escaped", '{"\\u005f_proto__":1}'],
    ["__proto__ deep inside", '{"a":[{"__proto__":1}]}'],
    ["a byte order mark", "\ufeff{}"],
    ["nothing", ""],
    ["a NaN", "NaN"],
    ["a comment", "{}//"],
    ["two values", "{}{}"],
    ["a comma too many", "[1,]"],
    ["single quotes", "{'a':1}"],
    ["a raw line break in a string", '"a\nb"'],
  ])("refuses %s", (_name, text) => {
    expect(() => strict(text)).toThrow(JsonRejected);
  });

  it.each([
    ["a lone continuation byte", [0x22, 0x80, 0x22]],
    ["an overlong slash", [0x22, 0xc0, 0xaf, 0x22]],
    ["half a surrogate pair", [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ["a cut sequence", [0x22, 0xe2, 0x82, 0x22]],
    ["UTF-16", [0xff, 0xfe, 0x7b, 0x00]],
  ])("refuses %s as no UTF-8", (_name, raw) => {
    expect(() => parseStrictJson(new Uint8Array(raw))).toThrow("not valid UTF-8");
  });

  it("says where reading stopped and quotes nothing of the body", () => {
    const error = accepted(() => strict('{"password": "hunter2" oops}')).error as Error;
    expect(error.message).toMatch(/character \d+/);
    expect(error.message).not.toMatch(/hunter2|oops|password/);
  });
});
