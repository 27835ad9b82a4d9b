/**
 * Makes the list of near words from the Moby thesaurus: of its words those in common use, which WordNet counted in texts,
 * and each pair that is listed under one of the two. The file's form is what `shared/ask/network/near-words.ts` reads.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { vocabularyForm } from "../shared/ask/network/words.ts";

const PARTS = ["noun", "verb", "adj"] as const;

/** @returns how many pairs. */
export async function writeNearWords(moby: string, wordnet: string, file: string): Promise<number> {
  const common = await commonWords(wordnet);
  const later = new Map<string, Set<string>>([...common].map((word) => [word, new Set()]));
  for (const line of (await readFile(moby, "utf8")).split("\n")) {
    const [root = "", ...listed] = line.split(",").map(formOf);
    if (!common.has(root)) {
      continue;
    }
    for (const word of listed.filter((one) => one !== root && common.has(one))) {
      const [first, second] = root < word ? [root, word] : [word, root];
      later.get(first)?.add(second);
    }
  }
  const inPairs = new Set(
    [...later].flatMap(([word, near]) => (near.size > 0 ? [word, ...near] : [])),
  );
  const words = [...inPairs].sort();
  const lineOf = new Map(words.map((word, at) => [word, at]));
  const lines = words.map((word, at) => {
    const places = [...(later.get(word) ?? [])]
      .map((one) => lineOf.get(one) ?? 0)
      .sort((a, b) => a - b);
    const steps = places.map((place, nth) => (place - (places[nth - 1] ?? at)).toString(16));
    return [word, ...steps].join(" ");
  });
  await writeFile(file, `${lines.join("\n")}\n`);
  return [...later.values()].reduce((sum, near) => sum + near.size, 0);
}

/** Single words only: what is said in two is another word's business. */
function formOf(text: string): string {
  const word = text.trim().toLowerCase();
  return /^[a-z]{3,}$/.test(word) ? vocabularyForm(word) : "";
}

/** Words with a sense that was met in the texts that WordNet was counted on. */
async function commonWords(wordnet: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const part of PARTS) {
    for (const line of (await readFile(join(wordnet, `index.${part}`), "utf8")).split("\n")) {
      const fields = line.trim().split(" ");
      const tagged = Number(fields[4 + Number(fields[3]) + 1]);
      if (/^[a-z]{3,}$/.test(fields[0] ?? "") && tagged > 0) {
        found.add(vocabularyForm(fields[0] ?? ""));
      }
    }
  }
  return found;
}
