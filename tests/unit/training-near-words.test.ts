// covers: ASK-08
/** The list of near words that training makes, read back as the engine reads it. */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NearWords, readNearWords } from "../../shared/ask/network/near-words.ts";
import { writeNearWords } from "../../training/near-words.ts";

/** Lemma, part, how many senses, pointers, senses again, those met in texts, offsets. */
const NOUNS = [
  "  1 This software and database is being provided",
  "item n 1 1 @ 1 1 00000001  ",
  "goods n 1 0 1 2 00000002  ",
  "product n 1 2 @ ~ 1 1 00000003  ",
  "ware n 1 0 1 1 00000004  ",
  "chattel n 1 0 1 0 00000005  ",
  "finished_product n 1 0 1 1 00000006  ",
].join("\n");
const MOBY = [
  "product,Wares,goods,chattel,finished product,product,unheard",
  "chattel,goods",
  "item,article",
  "",
].join("\r\n");

describe("the list of near words", () => {
  let folder: string;
  let near: NearWords;
  let text: string;
  let pairs: number;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "near-words-"));
    await writeFile(join(folder, "index.noun"), NOUNS);
    await writeFile(join(folder, "index.verb"), "");
    await writeFile(join(folder, "index.adj"), "");
    await writeFile(join(folder, "words.txt"), MOBY);
    pairs = await writeNearWords(join(folder, "words.txt"), folder, join(folder, "near.txt"));
    text = await readFile(join(folder, "near.txt"), "utf8");
    near = readNearWords(text);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("has each pair once, under the word that comes first", () => {
    expect(pairs).toBe(2);
    expect(text).toBe("good 1\nproduct 1\nware\n");
  });

  it("holds singulars, whichever of the two lists the other", () => {
    expect(near.areNear("product", "ware")).toBe(true);
    expect(near.areNear("good", "product")).toBe(true);
  });

  it("holds no rare word, no phrase and no word that is alone", () => {
    for (const word of ["chattel", "unheard", "finished", "item", "article", "wares"])
      expect(near.areNear("product", word)).toBe(false);
  });
});
