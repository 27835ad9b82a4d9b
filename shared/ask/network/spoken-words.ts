/** What the speaker hears and says: a program as its words, and a question as what is to be said of it. */
import { rowOfWord, UNKNOWN_WORD } from "./embed-word.ts";
import type { Features, FeatureWord } from "./features.ts";
import { meetsName, relation } from "./relations.ts";
import { grammarId, type Step } from "./vocabulary.ts";
import type { Weights } from "./weights.ts";

/** What a word of a program is: rows of the table `kind`. A name's words after its first are `MORE` further on. */
export const GRAMMAR_WORD = 0;
const COLUMN = 1;
const TABLE = 2;
const VALUE = 3;
const MORE = 3;
/** Words and values with the same key are the same. */
type Key = string;

export interface ProgramWord {
  readonly kind: number;
  /** Of a word of the grammar. */
  readonly id: number;
  readonly word?: FeatureWord;
  readonly key?: Key;
  /** Of a word of a name. */
  readonly item?: number;
  /** Of the first word of a column: the words of its table. */
  readonly owner?: readonly FeatureWord[];
}

export interface QuestionWord {
  /** Absent where it is part of a value of the program. */
  readonly word?: FeatureWord;
  /** Places of the program that say the same. */
  readonly repeated: readonly number[];
  /** Places of the program whose names it may stand for, none of which it repeats a word of. */
  readonly meant: readonly number[];
}

export function wordsOfProgram(
  weights: Weights,
  features: Features,
  steps: readonly Step[],
): readonly ProgramWord[] {
  const { questions, columns, words } = features;
  const named = (kind: number, item: number): readonly ProgramWord[] =>
    (words[item] ?? []).map((word, at) => ({
      kind: at === 0 ? kind : kind + MORE,
      id: 0,
      word,
      key: keyOfWord(weights, word),
      item,
      ...(kind === COLUMN && at === 0 ? { owner: wordsOfTable(features, item) } : {}),
    }));
  const wordsOf = (step: Step): readonly ProgramWord[] => {
    switch (step.kind) {
      case "word":
        return [{ kind: GRAMMAR_WORD, id: grammarId(step.word) }];
      case "column":
        return named(COLUMN, questions + step.at);
      case "table":
        return named(TABLE, questions + columns + step.at);
      case "value":
        return [{ kind: VALUE, id: 0, key: keyOfValue(step.at) }];
    }
  };
  return steps.flatMap(wordsOf);
}

/** Of the table that a column is of; none where it is of none. */
function wordsOfTable(
  { questions, columns, tables, words, relations }: Features,
  column: number,
): readonly FeatureWord[] {
  const first = questions + columns;
  for (let table = first; table < first + tables; table += 1) {
    const kind = relations[column * words.length + table];
    if (kind === relation.columnOwnTable || kind === relation.keyOwnTable) {
      return words[table] ?? [];
    }
  }
  return [];
}

export function wordsOfQuestion(
  weights: Weights,
  { questions, columns, tables, words, relations }: Features,
  steps: readonly Step[],
  program: readonly ProgramWord[],
): readonly QuestionWord[] {
  const used = new Set(steps.flatMap((step) => (step.kind === "value" ? [step.at] : [])));
  const values = [...used].sort((left, right) => left - right);
  const firstValue = questions + columns + tables;
  const placesOf = (key: Key): readonly number[] =>
    program.flatMap((part, at) => (part.key === key ? [at] : []));
  return words.slice(0, questions).map((own, token): QuestionWord => {
    const value = values.find(
      (at) => relations[token * words.length + firstValue + at] === relation.tokenItsValue,
    );
    const [word] = own;
    if (value !== undefined || word === undefined) {
      return { repeated: placesOf(keyOfValue(value ?? -1)), meant: [] };
    }
    const repeated = placesOf(keyOfWord(weights, word));
    const named = new Set(repeated.map((at) => program[at]?.item));
    const meant = program.flatMap(({ item }, at) =>
      item !== undefined &&
      !named.has(item) &&
      meetsName(relations[token * words.length + item] as number)
        ? [at]
        : [],
    );
    return { word, repeated, meant };
  });
}

/** A word of the vocabulary is the same in all its inflections; of another its letters are all that is known. */
function keyOfWord(weights: Weights, word: FeatureWord): Key {
  const row = rowOfWord(weights, word);
  return row > UNKNOWN_WORD ? `#${row}` : word.grams.join(" ");
}

const keyOfValue = (at: number): Key => `value ${at}`;
