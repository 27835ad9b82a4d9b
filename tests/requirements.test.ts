/** Holds the list of promises and the tests to each other: what is said to be built is cited by a test. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { requirements } from "./requirements.ts";
import { listFiles, ROOT } from "./support/source-tree.ts";

const PREFIXES = [...new Set(requirements.map(({ id }) => id.split("-")[0]))].join("|");
const ID = new RegExp(`\\b(?:${PREFIXES})-\\d\\d\\b`, "g");
/** A comment of its own near the top of a test file, or the name of a test or group. */
const COVERS = /^\/\/ covers: (.*)$/gm;
const NAMES = /\b(?:describe|it|test)(?:\.\w+)*(?:\([^)]*\))?\(\s*(["'`])(.*?)\1/gs;

function citations(path: string): string[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  const places = [
    ...[...text.matchAll(COVERS)].map((one) => one[1]),
    ...[...text.matchAll(NAMES)].map((one) => one[2]),
  ];
  return places.flatMap((place) => place?.match(ID) ?? []);
}

const cited = new Map<string, string[]>();
for (const path of listFiles("tests").filter((name) => /(\.test|-suite)\.ts$/.test(name)))
  for (const id of citations(path)) cited.set(id, [...(cited.get(id) ?? []), path]);

const built = requirements.filter(({ status }) => status === "built");

describe("the list of promises", () => {
  it("is counted", () => {
    console.log(`${built.length} built, ${requirements.length - built.length} planned`);
    expect(built.length).toBeGreaterThan(0);
  });

  it("has unique ids of one form, and says what each promise is", () => {
    const ids = requirements.map(({ id }) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    for (const { id, promise, source } of requirements) {
      expect(id).toMatch(/^[A-Z]{2,8}-\d\d$/);
      expect(promise.length + source.length, id).toBeGreaterThan(20);
    }
  });

  it("is kept: a test cites every promise that is said to be built", () => {
    const uncited = built.filter(({ id }) => !cited.has(id)).map(({ id }) => id);
    if (uncited.length > 0) console.log(`awaiting tests: ${uncited.join(", ")}`);
    expect(uncited).toEqual([]);
  });

  it("is the only one: no test cites a promise that is unknown or not built yet", () => {
    const known = new Set(built.map(({ id }) => id));
    const strange = [...cited].filter(([id]) => !known.has(id));
    expect(strange).toEqual([]);
  });

  it("is cited by ids that exist, also where the prefix is misspelt", () => {
    const known = new Set(requirements.map(({ id }) => id));
    const wrong = listFiles("tests").flatMap((path) =>
      [...readFileSync(join(ROOT, path), "utf8").matchAll(COVERS)]
        .flatMap((one) => one[1]?.split(",") ?? [])
        .map((id) => id.trim())
        .filter((id) => !known.has(id))
        .map((id) => `${path}: ${id}`),
    );
    expect(wrong).toEqual([]);
  });
});
