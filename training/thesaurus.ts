/**
 * Makes the thesaurus that linking uses from WordNet 3.0: groups of single words that mean the same in one of their first
 * senses, and which group is a kind of which. One line a group: `words;parents`, parents as line numbers in base 36.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { vocabularyForm } from "../shared/ask/network/words.ts";

const SENSES: Readonly<Record<string, number>> = { noun: 3, verb: 3, adj: 2 };
const MOST_WORDS = 8;

interface Synset {
  readonly words: string[];
  readonly parents: readonly string[];
}

export async function writeThesaurus(wordnet: string, file: string): Promise<number> {
  const synsets = new Map<string, Synset>();
  for (const [part, senses] of Object.entries(SENSES)) {
    const parents = await readParents(join(wordnet, `data.${part}`));
    for (const line of (await readFile(join(wordnet, `index.${part}`), "utf8")).split("\n")) {
      addLemma(line, part, senses, parents, synsets);
    }
  }
  const kept = [...synsets].filter(([id, one]) => isTelling(id, one, synsets));
  const position = new Map(kept.map(([id], at) => [id, at]));
  const lines = kept.map(([, { words, parents }]) => {
    const known = parents.flatMap((id) => position.get(id)?.toString(36) ?? []);
    const plain = words.map((word) => word.replace("?", ""));
    return `${[...new Set(plain)].slice(0, MOST_WORDS).join(" ")}${known.length > 0 ? `;${known.join(" ")}` : ""}`;
  });
  await writeFile(file, `${lines.join("\n")}\n`);
  return lines.length;
}

/** Direct kinds-of: pointer `@`. */
async function readParents(file: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const parents = new Map<string, readonly string[]>();
  for (const line of (await readFile(file, "utf8")).split("\n")) {
    const offset = /^(\d{8}) /.exec(line)?.[1];
    if (offset !== undefined) {
      parents.set(
        offset,
        [...line.matchAll(/ @ (\d{8}) /g)].map((one) => one[1] ?? ""),
      );
    }
  }
  return parents;
}

function addLemma(
  line: string,
  part: string,
  senses: number,
  parents: ReadonlyMap<string, readonly string[]>,
  synsets: Map<string, Synset>,
): void {
  const fields = line.trim().split(" ");
  const [lemma = ""] = fields;
  const offsets = fields.filter((one) => /^\d{8}$/.test(one));
  const pointers = Number(fields[3]);
  const tagged = Number(fields[4 + pointers + 1]);
  if (!/^[a-z]{3,}$/.test(lemma)) {
    return;
  }
  const most = tagged > 0 ? Math.min(senses, Math.max(1, tagged)) : 1;
  for (const offset of offsets.slice(0, most)) {
    const id = `${part} ${offset}`;
    const known = synsets.get(id) ?? {
      words: [],
      parents: (parents.get(offset) ?? []).map((one) => `${part} ${one}`),
    };
    known.words.push(tagged > 0 ? vocabularyForm(lemma) : `${vocabularyForm(lemma)}?`);
    synsets.set(id, known);
  }
}

/** A group of one rare word relates nothing to anything. */
function isTelling(id: string, one: Synset, all: ReadonlyMap<string, Synset>): boolean {
  const common = one.words.filter((word) => !word.endsWith("?")).length;
  if (id.startsWith("adj")) {
    return one.words.length > 1 && common > 0;
  }
  const related = one.parents.some((parent) => (all.get(parent)?.words.length ?? 0) > 0);
  return common > 0 && (one.words.length > 1 || related);
}
