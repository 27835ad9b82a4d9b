/** What speaks for and against a proposal besides its probability: names it leaves unsaid, words it leaves unused. */
import { functionWords } from "../lexicon.ts";
import type { Token } from "../tokens.ts";
import { FLAGS, schemaFlag } from "./features.ts";
import { meaningOf } from "./meaning.ts";
import type { Proposal, QuestionReading } from "./question-network.ts";
import { type MatchStrength, match, meetsName, relation } from "./relations.ts";
import { type Uses, usesOf } from "./uses.ts";

/** The words of the question that name nothing the program uses and mean nothing by themselves. */
export function unusedWords(reading: QuestionReading, uses: Uses): readonly number[] {
  const { tokens, features, candidates, graph } = reading;
  const used = new Set<number>();
  for (const at of uses.values) {
    const value = candidates[at];
    for (let token = value?.start ?? 0; token < (value?.end ?? 0); token += 1) {
      used.add(token);
    }
  }
  const columnStart = features.questions;
  const tableStart = columnStart + graph.columns.length;
  const nodes = [
    ...[...uses.columns].map((at) => columnStart + at),
    ...[...uses.tables].map((at) => tableStart + at),
  ];
  return tellingWords(tokens).filter(
    (at) => !used.has(at) && !nodes.some((node) => isNamed(relationAt(reading, at, node))),
  );
}

/** Whether there are such words, and they are all that the question says. */
export function isUnfounded(reading: QuestionReading, uses: Uses): boolean {
  const unused = unusedWords(reading, uses).length;
  return unused > 0 && unused === tellingWords(reading.tokens).length;
}

/** Whether what is used of the question is no value, and only loosely related to a name. */
export function isLoose(reading: QuestionReading, uses: Uses): boolean {
  const unused = new Set(unusedWords(reading, uses));
  const used = tellingWords(reading.tokens).filter((at) => !unused.has(at));
  return (
    uses.values.every((at) => (reading.candidates[at]?.start ?? -1) < 0) &&
    used.every((at) => !meets(reading, at, match.synonym))
  );
}

/** Whether any word says a name or a value that the source has. */
export function namesSomething(reading: QuestionReading): boolean {
  return tellingWords(reading.tokens).some((at) => isKnownWord(reading, at));
}

/** Words that mean something in a schema or nothing at all. */
function tellingWords(tokens: readonly Token[]): readonly number[] {
  return tokens.flatMap(({ kind, lower }, at) =>
    kind !== "word" || functionWords.has(lower) || isOperatorWord(lower) ? [] : [at],
  );
}

/** Whether any name of the schema, or a value, meets the word; names that are only near it do not. */
export function isKnownWord(reading: QuestionReading, token: number): boolean {
  return meets(reading, token, reading.nearOnly.has(token) ? match.synonym : match.related);
}

function meets(reading: QuestionReading, token: number, least: MatchStrength): boolean {
  const { features, candidates } = reading;
  if (candidates.some((one) => token >= one.start && token < one.end && one.stored.size > 0)) {
    return true;
  }
  for (let node = features.questions; node < features.words.length - features.values; node += 1) {
    if (isNamed(relationAt(reading, token, node), least)) {
      return true;
    }
  }
  return false;
}

function relationAt({ features }: QuestionReading, token: number, node: number): number {
  return features.relations[token * features.words.length + node] ?? 0;
}

function isNamed(kind: number, least?: MatchStrength): boolean {
  return meetsName(kind, least) || kind === relation.tokenStoredIn;
}

const operatorWords =
  /^(average|avg|mean|total|sum|count|number|maximum|minimum|max|min|most|least|more|less|fewer|greater|larger|smaller|higher|lower|highest|lowest|largest|smallest|biggest|top|bottom|first|last|latest|earliest|oldest|youngest|newest|longest|shortest|different|distinct|unique|order(ed)?|sort(ed)?|descending|ascending|alphabetical(ly)?|least|above|below|between|before|after|than|equal|exceed(s|ing)?|per|both|either|neither|except|without|never|no|not|only|same|starting|ending|contain(s|ing)?|include|including|group(ed)?|percent(age)?|share|ratio|rate|compared|versus|vs|day|week|month|quarter|year|daily|weekly|monthly|yearly|today|yesterday|common|popular|frequent(ly)?|one|two|id|ids|name|names|information|info|details|detail|list|shown?|corresponding|respective(ly)?|along|together|given|used|using|found|long|old|many|times|time|frequency|amount|case|cases|kind|kinds|type|types|any)$/;

function isOperatorWord(word: string): boolean {
  return operatorWords.test(word);
}

/** For each proposal the numbers the ranking and the calibration are made of, in an order that the fitted weights know. */
export function evidenceOf(
  reading: QuestionReading,
  proposals: readonly Proposal[],
): readonly (readonly number[])[] {
  const field = fieldOf(proposals);
  return proposals.map((own, at) => {
    const uses = usesOfProposal(own);
    const unused = unusedWords(reading, uses);
    return [
      ...chances(proposals, at, own.score, field),
      (field.massOf.get(field.meanings[at] ?? "") ?? 0) / Math.max(field.total, 1e-12),
      ...suggestedBy(own, field),
      ...wordsUnused(reading, unused),
      ...namesUnsaid(reading, uses),
      ...valuesPlaced(reading, uses),
      ...columnsLeft(reading, uses, unused),
      uses.tables.size,
      uses.queries - 1,
      uses.conditions,
      uses.selected,
      reading.tokens.length / 10,
      reading.graph.tables.length / 10,
      ...(field.told[at] ?? []),
    ];
  });
}

export function usesOfProposal({ program, statement }: Proposal): Uses {
  return program === undefined ? statement.uses : usesOf(program);
}

/** What each proposal is compared with. */
interface Field {
  /** Of the chances of all. */
  readonly total: number;
  /** By proposal: what it says, whatever its order. */
  readonly meanings: readonly string[];
  /** By meaning: the chances of all that say so. */
  readonly massOf: ReadonlyMap<string, number>;
  /** By who suggests: how sure they are of what they suggest most. */
  readonly most: Proposal["suggested"];
  /** By proposal: how well its meaning explains the words of the question. */
  readonly told: readonly (readonly number[])[];
}

function fieldOf(proposals: readonly Proposal[]): Field {
  const meanings = proposals.map(({ program, statement }) =>
    program === undefined ? JSON.stringify([statement.sql, statement.params]) : meaningOf(program),
  );
  const massOf = new Map<string, number>();
  let total = 0;
  proposals.forEach(({ score }, at) => {
    const meaning = meanings[at] ?? "";
    massOf.set(meaning, (massOf.get(meaning) ?? 0) + Math.exp(score));
    total += Math.exp(score);
  });
  const most = (origin: keyof Proposal["suggested"]): number =>
    Math.max(0, ...proposals.map((one) => one.suggested[origin]));
  return {
    total,
    meanings,
    massOf,
    most: { rules: most("rules"), example: most("example") },
    told: toldOf(proposals),
  };
}

/** What is less likely still tells no more. */
const LEAST_SCORE = -12;
/** Nor does what is further behind the best telling. */
const LEAST_TOLD = -20;
/**
 * What stands for a proposal that is no program, or is longer than any that was learnt from: as many speak for it as
 * against it, these being the means of those that are told.
 */
const UNTOLD = [-6.3, -3.1, -9.6, -23.3, 0.1, 4.7, 13.3] as const;
const HARDEST = 3;

/**
 * By proposal: how far its telling of the question is behind the best one, its mean, its least likely word and words, how
 * likely it is by both readings together, and how much better others explain the word they do most for, and all words.
 */
function toldOf(proposals: readonly Proposal[]): readonly (readonly number[])[] {
  const words = bestByWord(proposals);
  const totals = proposals.map(({ told }) => (told === undefined ? undefined : sumOf(told)));
  const best = Math.max(...totals.filter((one) => one !== undefined));
  const behind = totals.map((one) =>
    one === undefined ? undefined : Math.max(LEAST_TOLD, one - best),
  );
  const both = proposals.map(({ score }, at) => {
    const own = behind[at];
    return own === undefined ? 0 : Math.exp(own + Math.max(score, LEAST_SCORE));
  });
  const all = sumOf(both);
  return proposals.map(({ told }, at) => {
    const own = behind[at];
    if (told === undefined || own === undefined) {
      return UNTOLD;
    }
    const ascending = told.toSorted((left, right) => left - right);
    const hardest = ascending.slice(0, HARDEST);
    return [
      own,
      sumOf(told) / told.length,
      ascending[0] ?? 0,
      sumOf(hardest),
      (both[at] ?? 0) / all,
      ...regretsOf(told, words),
    ];
  });
}

/** How likely each word is by the proposal that explains it best. */
function bestByWord(proposals: readonly Proposal[]): readonly number[] {
  const all = proposals.flatMap(({ told }) => (told === undefined ? [] : [told]));
  return (all[0] ?? []).map((_, word) => Math.max(...all.map((own) => own[word] ?? 0)));
}

/** How far a telling is behind the best for one word and for all. */
function regretsOf(told: readonly number[], best: readonly number[]): readonly [number, number] {
  const behind = told.map((own, word) => (best[word] ?? own) - own);
  return [Math.min(-LEAST_TOLD, Math.max(...behind)), Math.min(-LEAST_TOLD, sumOf(behind))];
}

function sumOf(values: readonly number[]): number {
  return values.reduce((total, one) => total + one, 0);
}

function chances(
  proposals: readonly Proposal[],
  at: number,
  score: number,
  { total }: Field,
): readonly number[] {
  const others = proposals.filter((_, index) => index !== at).map((one) => one.score);
  const rival = Math.max(Number.isFinite(score) ? score - 8 : LEAST_SCORE, ...others);
  return [
    Math.max(score, LEAST_SCORE),
    Math.exp(score),
    Math.exp(score) / Math.max(total, 1e-12),
    Math.max(-8, Math.min(8, score - rival)),
  ];
}

/** What other readers make of it, and whether they would rather have another. */
function suggestedBy({ found, suggested }: Proposal, { most }: Field): readonly number[] {
  const { rules, example } = suggested;
  return [
    Number(found),
    rules,
    most.rules - rules,
    example,
    // Likeness says little until there is much of it.
    example ** 6,
    most.example - example,
  ];
}

function wordsUnused(reading: QuestionReading, unused: readonly number[]): readonly number[] {
  const unknown = unused.filter((token) => !isKnownWord(reading, token));
  const telling = reading.tokens.filter(
    (token) => token.kind === "word" && !functionWords.has(token.lower),
  ).length;
  const share = (count: number): number => count / Math.max(telling, 1);
  return [unused.length, unknown.length, share(unused.length), share(unknown.length)];
}

/** Words that say a column of the program's tables, in full or in part, and that the program makes nothing of. */
function columnsLeft(
  reading: QuestionReading,
  uses: Uses,
  unused: readonly number[],
): readonly number[] {
  const { features, graph } = reading;
  const own = [...uses.tables].flatMap((table) => graph.tables[table]?.columns ?? []);
  const strengths = unused.map((token) =>
    Math.max(
      ...own
        .map(
          (column) =>
            relationAt(reading, token, features.questions + column) - relation.questionColumn,
        )
        .filter((one) => one <= match.whole),
      -1,
    ),
  );
  const count = (least: number, most: number): number =>
    strengths.filter((one) => one >= least && one <= most).length;
  return [count(match.whole, match.whole), count(match.root, match.part)];
}

function namesUnsaid(reading: QuestionReading, uses: Uses): readonly number[] {
  const { features, graph } = reading;
  const columnStart = features.questions;
  const tableStart = columnStart + graph.columns.length;
  const raised = (node: number, which: number): boolean =>
    (features.flags[node * FLAGS + which] ?? 0) > 0;
  const unsaid = [...uses.columns].filter((column) => {
    const node = columnStart + column;
    return !raised(node, schemaFlag.columnShare) && !raised(node, schemaFlag.columnLoose);
  });
  const idle = [...uses.tables].filter((table) => {
    const used = [...uses.columns].some((column) => graph.columns[column]?.table === table);
    return !used && !raised(tableStart + table, schemaFlag.tableLoose);
  });
  const missed = graph.tables.filter(
    (_, table) => raised(tableStart + table, schemaFlag.tableWhole) && !uses.tables.has(table),
  );
  return [unsaid.length, idle.length, missed.length];
}

function valuesPlaced({ candidates }: QuestionReading, uses: Uses): readonly number[] {
  const left = candidates.filter(
    (one, value) => one.kind !== "one" && !uses.values.includes(value),
  );
  const isStored = (value: number): boolean => (candidates[value]?.stored.size ?? 0) > 0;
  const fits = ([column, value]: readonly [number, number]): boolean =>
    candidates[value]?.stored.has(column) === true;
  return [
    left.filter((one) => one.stored.size > 0).length,
    left.filter((one) => one.stored.size === 0).length,
    uses.compared.filter((one) => isStored(one[1]) && !fits(one)).length,
    uses.compared.filter(fits).length,
    uses.compared.filter(([, value]) => candidates[value]?.kind === "one").length,
  ];
}
