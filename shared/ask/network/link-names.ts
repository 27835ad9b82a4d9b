/** Which words of a question meet which names of the schema, and how strongly. */
import { functionWords } from "../lexicon.ts";
import type { Token } from "../tokens.ts";
import type { SchemaGraph } from "./graph.ts";
import { type MatchStrength, match } from "./relations.ts";
import type { Thesaurus } from "./thesaurus.ts";
import { vocabularyForm, wordKey, wordsOfName } from "./words.ts";

export interface NameShare {
  /** 0 … 1: how many of the name's telling words the question says, in any inflection. */
  readonly share: number;
  /** The same with synonyms counted. */
  readonly loose: number;
  /** The question says the name in full, in order. */
  readonly whole: boolean;
}

export interface NameLinks {
  /** By column, then by token: a `match`, or absent. */
  readonly columns: readonly (readonly number[])[];
  readonly tables: readonly (readonly number[])[];
  readonly columnShares: readonly NameShare[];
  readonly tableShares: readonly NameShare[];
  /** Tokens that meet names only by being near them: a hint, not a name of the source. */
  readonly nearOnly: ReadonlySet<number>;
}

interface Word {
  readonly form: string;
  readonly key: string;
  readonly telling: boolean;
  /** A name of the schema has the word itself, in some inflection: nothing else needs to be near it. */
  readonly named: boolean;
}

const untelling: ReadonlySet<string> = new Set([
  "id",
  "of",
  "the",
  "code",
  "in",
  "and",
  "to",
  "for",
  "by",
]);
const MOST_COMMENT_WORDS = 12;

export function linkNames(
  tokens: readonly Token[],
  graph: SchemaGraph,
  thesaurus: Thesaurus,
): NameLinks {
  const keys = keysOf(graph);
  const asked = tokens.map((token, at) => ({
    form: vocabularyForm(token.lower),
    key: wordKey(token.lower),
    named: keys.has(wordKey(token.lower)),
    telling:
      token.kind === "word" &&
      !functionWords.has(token.lower) &&
      token.text.length > 1 &&
      !asksForOrder(tokens, at),
  }));
  const { linkOne, nearOnly } = linker(asked, thesaurus);
  const columns = graph.columns.map(({ words, synonyms, info }) =>
    linkOne([words, ...synonyms], info.comment),
  );
  const tables = graph.tables.map(({ words, synonyms, info }) =>
    linkOne([words, ...synonyms], info.comment),
  );
  return {
    columns: columns.map((one) => one.strengths),
    tables: tables.map((one) => one.strengths),
    columnShares: columns.map((one) => one.share),
    tableShares: tables.map((one) => one.share),
    nearOnly: nearOnly(),
  };
}

/** Of every word that tables and columns are named with. */
function keysOf({ columns, tables }: SchemaGraph): ReadonlySet<string> {
  const names = [...columns, ...tables].flatMap(({ words, synonyms }) => [words, ...synonyms]);
  return new Set([...new Set(names.flat())].map(wordKey));
}

const arranged =
  /^(ascending|descending|increasing|decreasing|alphabetic(al)?|lexicographic(al)?|chronological|numeric(al)?|reversed?)$/;

/** "in descending order", "in order of", "…, order by": how rows are to come, and no table of orders. */
function asksForOrder(tokens: readonly Token[], at: number): boolean {
  const word = (place: number): string => tokens[place]?.lower ?? "";
  if (word(at) !== "order") {
    return false;
  }
  const inOrderOf = word(at - 1) === "in" && /^(of|by|from)$/.test(word(at + 1));
  const begins = tokens[at - 1] === undefined || /^(and|then|[^\p{L}\p{N}]+)$/u.test(word(at - 1));
  return arranged.test(word(at - 1)) || inOrderOf || (begins && word(at + 1) === "by");
}

interface Linked {
  readonly strengths: readonly number[];
  readonly share: NameShare;
}

interface Linker {
  linkOne(names: readonly (readonly string[])[], comment: string | undefined): Linked;
  /** Of all names so far. */
  nearOnly(): ReadonlySet<number>;
}

function linker(asked: readonly Word[], thesaurus: Thesaurus): Linker {
  const kin = new Map<string, readonly (MatchStrength | -1)[]>();
  const near = new Set<number>();
  const otherwise = new Set<number>();
  const strengthsOf = (word: string): readonly (MatchStrength | -1)[] => {
    const known = kin.get(word);
    if (known !== undefined) {
      return known;
    }
    const made = asked.map((one, at) => {
      const meeting = meetingOf(one, word, thesaurus);
      if (meeting === "near") {
        near.add(at);
        return match.related;
      }
      if (meeting >= 0) {
        otherwise.add(at);
      }
      return meeting;
    });
    kin.set(word, made);
    return made;
  };
  const linkOne: Linker["linkOne"] = (names, comment) => {
    const strengths: number[] = asked.map(() => -1);
    let share: NameShare = { share: 0, loose: 0, whole: false };
    for (const name of names) {
      const linked = linkName(name, asked, strengthsOf, strengths);
      share = better(share, linked) ? linked : share;
    }
    for (const word of commentWords(comment)) {
      strengthsOf(word).forEach((strength, at) => {
        if (strength >= match.root && (strengths[at] ?? -1) < 0) {
          strengths[at] = match.related;
        }
      });
    }
    return { strengths, share };
  };
  return { linkOne, nearOnly: () => new Set([...near].filter((at) => !otherwise.has(at))) };
}

function better(before: NameShare, after: NameShare): boolean {
  return (
    Number(after.whole) + after.share + after.loose / 2 >
    Number(before.whole) + before.share + before.loose / 2
  );
}

/** Raises `strengths` in place. */
function linkName(
  name: readonly string[],
  asked: readonly Word[],
  strengthsOf: (word: string) => readonly (MatchStrength | -1)[],
  strengths: number[],
): NameShare {
  const telling = name.filter((word, at) => !untelling.has(word) && !isCount(name, at));
  const core = telling.length > 0 ? telling : name;
  let said = 0;
  let loose = 0;
  for (const word of core) {
    const own = strengthsOf(word);
    said += own.some((strength) => strength >= match.root) ? 1 : 0;
    loose += own.some((strength) => strength >= match.synonym) ? 1 : 0;
    own.forEach((strength, at) => {
      strengths[at] = Math.max(strengths[at] ?? -1, strength);
    });
  }
  const keys = core.map(wordKey);
  let whole = false;
  for (let start = 0; start + keys.length <= asked.length; start += 1) {
    const here = keys.every((key, at) => asked[start + at]?.key === key);
    if (here && (keys.length > 1 || asked[start]?.telling === true)) {
      whole = true;
      strengths.fill(match.whole, start, start + keys.length);
    }
  }
  return whole
    ? { share: 1, loose: 1, whole }
    : { share: said / core.length, loose: loose / core.length, whole };
}

/** `room_count`, `number_of_rooms` and `num_rooms` are said by "rooms". */
function isCount(name: readonly string[], at: number): boolean {
  return at === 0 ? name[0] === "number" : name[at] === "count" && at === name.length - 1;
}

function meetingOf(asked: Word, word: string, thesaurus: Thesaurus): MatchStrength | "near" | -1 {
  if (!asked.telling) {
    return -1;
  }
  const form = vocabularyForm(word);
  if (asked.form === form) {
    return match.part;
  }
  if (asked.key === wordKey(word) && word.length > 3) {
    return match.root;
  }
  const kinship = thesaurus.kinship(asked.form, form);
  if (kinship === "near") {
    return asked.named ? -1 : "near";
  }
  return kinship === "none" ? -1 : match[kinship];
}

function commentWords(comment: string | undefined): readonly string[] {
  return comment === undefined
    ? []
    : wordsOfName(comment)
        .filter((word) => word.length > 2 && !functionWords.has(word))
        .slice(0, MOST_COMMENT_WORDS);
}
