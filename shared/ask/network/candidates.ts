/** The values a question may mean: what is stored, quoted, counted, dated, or named with a capital letter. */
import { functionWords } from "../lexicon.ts";
import { findPeriods, type Period } from "../periods.ts";
import type { Now } from "../ports.ts";
import { stem } from "../stem.ts";
import type { Token } from "../tokens.ts";
import { demonyms } from "./demonyms.ts";
import type { SchemaGraph } from "./graph.ts";
import { keyOfTokens, valueKey } from "./words.ts";

export interface ValueCandidate {
  readonly kind: "text" | "number" | "period" | "one";
  readonly text: string;
  /** Only for periods. */
  readonly period?: Period;
  /** Tokens it was read from; both -1 where from none. */
  readonly start: number;
  readonly end: number;
  /** Columns that store it, with their spelling of it. Positions in `SchemaGraph.columns`. */
  readonly stored: ReadonlyMap<number, string>;
}

export const MOST_CANDIDATES = 24;
const LONGEST_SPAN = 8;
const nowhere: ReadonlyMap<number, string> = new Map();
const counted: Readonly<Record<string, string>> = { once: "1", twice: "2", single: "1", both: "2" };
/** A value nobody stores follows these, even in small letters: `containing "net"`, `starting with s`. */
const namers =
  /\b(contain(s|ing)?|substring|words?|letters?|prefix|suffix|phrase|string|named|called|titled|(start|end|begin)(s|ing|ning)? with)$/;

export function readCandidates(
  tokens: readonly Token[],
  graph: SchemaGraph,
  now: Now,
): readonly ValueCandidate[] {
  const found = new Map<string, ValueCandidate>();
  const used = tokens.map(() => false);
  const add = (candidate: ValueCandidate): void => {
    const key = `${candidate.kind} ${candidate.text.toLowerCase()}`;
    if (!found.has(key)) {
      found.set(key, candidate);
      used.fill(true, Math.max(candidate.start, 0), Math.max(candidate.end, 0));
    }
  };
  readQuoted(tokens, graph).forEach(add);
  readPeriods(tokens, now).forEach((one) => {
    found.set(`period ${one.start}`, one);
  });
  readStored(tokens, graph, used).forEach(add);
  readDemonyms(tokens, graph).forEach(add);
  readNumbers(tokens, graph).forEach(add);
  readNames(tokens, used).forEach(add);
  const last: ValueCandidate = { kind: "one", text: "1", start: -1, end: -1, stored: nowhere };
  return [...[...found.values()].slice(0, MOST_CANDIDATES - 1), last];
}

function readQuoted(tokens: readonly Token[], graph: SchemaGraph): readonly ValueCandidate[] {
  return tokens.flatMap((token, at) =>
    token.kind === "quoted" ? [text(token.text.trim(), at, at + 1, graph)] : [],
  );
}

function text(value: string, start: number, end: number, graph: SchemaGraph): ValueCandidate {
  const stored = graph.values.get(valueKey(value)) ?? nowhere;
  return { kind: "text", text: value, start, end, stored };
}

function readPeriods(tokens: readonly Token[], now: Now): readonly ValueCandidate[] {
  return findPeriods(tokens, now).map(({ period, start, end }) => ({
    kind: "period",
    text: period.label,
    period,
    start,
    end,
    stored: nowhere,
  }));
}

/** Stored values word for word, the longest first. */
function readStored(
  tokens: readonly Token[],
  graph: SchemaGraph,
  used: readonly boolean[],
): readonly ValueCandidate[] {
  const taken = [...used];
  const found: ValueCandidate[] = [];
  for (let length = Math.min(LONGEST_SPAN, tokens.length); length > 0; length -= 1) {
    for (let start = 0; start + length <= tokens.length; start += 1) {
      const end = start + length;
      const span = tokens.slice(start, end);
      if (taken.slice(start, end).every(Boolean) || tooPlain(span)) {
        continue;
      }
      const stored = lookUp(span, graph);
      if (stored !== undefined) {
        const [spelling] = stored.values();
        found.push({ kind: "text", text: spelling ?? "", start, end, stored });
        taken.fill(true, start, end);
      }
    }
  }
  return found;
}

function lookUp(
  span: readonly Token[],
  graph: SchemaGraph,
): ReadonlyMap<number, string> | undefined {
  const key = keyOfTokens(span);
  const exact = graph.values.get(key);
  const last = span.at(-1);
  if (exact !== undefined || last === undefined || span.length > 3 || last.kind !== "word") {
    return exact;
  }
  const singular = stem(last.lower);
  return singular === last.lower
    ? undefined
    : graph.values.get([...span.slice(0, -1).map((one) => one.lower), singular].join(" "));
}

/** A single word that means nothing, or one small letter, names no value by itself. */
function tooPlain(span: readonly Token[]): boolean {
  const [token] = span;
  if (span.length > 1 || token === undefined) {
    return false;
  }
  return (
    token.kind === "symbol" ||
    (token.kind === "word" &&
      (functionWords.has(token.lower) || (token.text.length < 2 && !/\p{Lu}/u.test(token.text))))
  );
}

function readDemonyms(tokens: readonly Token[], graph: SchemaGraph): readonly ValueCandidate[] {
  const found: ValueCandidate[] = [];
  for (const length of [2, 1]) {
    for (let start = 0; start + length <= tokens.length; start += 1) {
      const words = tokens
        .slice(start, start + length)
        .map((token) => token.lower)
        .join(" ");
      for (const other of demonyms.get(words) ?? []) {
        const stored = graph.values.get(other);
        const [spelling] = stored?.values() ?? [];
        if (stored !== undefined && spelling !== undefined) {
          found.push({ kind: "text", text: spelling, start, end: start + length, stored });
        }
      }
    }
  }
  return found;
}

/** "3", "three", "twice". */
export function numberSaid(token: Token): string | undefined {
  return token.kind === "number" ? String(token.value) : counted[token.lower];
}

function readNumbers(tokens: readonly Token[], graph: SchemaGraph): readonly ValueCandidate[] {
  return tokens.flatMap((token, start): ValueCandidate[] => {
    const value = numberSaid(token);
    if (value === undefined) {
      return token.kind === "date" ? [text(token.text, start, start + 1, graph)] : [];
    }
    const stored = graph.values.get(token.lower) ?? nowhere;
    return [{ kind: "number", text: value, start, end: start + 1, stored }];
  });
}

/** Names the source does not store: capital letters inside the sentence, and what follows `containing`. */
function readNames(tokens: readonly Token[], used: readonly boolean[]): readonly ValueCandidate[] {
  const found: ValueCandidate[] = [];
  for (let start = 1; start < tokens.length; start += 1) {
    const token = tokens[start];
    if (token?.kind !== "word" || used[start] === true) {
      continue;
    }
    if (isCapital(token)) {
      let end = start + 1;
      while (isCapital(tokens[end]) || (isCapital(tokens[end + 1]) && isGlue(tokens[end]))) {
        end += 1;
      }
      found.push(nameFrom(tokens, start, end));
      start = end - 1;
    } else if (
      namers.test(`${tokens[start - 2]?.lower ?? ""} ${tokens[start - 1]?.lower ?? ""}`) &&
      !functionWords.has(token.lower)
    ) {
      found.push(nameFrom(tokens, start, start + 1));
    }
  }
  return found;
}

function isCapital(token: Token | undefined): boolean {
  return token?.kind === "word" && /^\p{Lu}/u.test(token.text);
}

function isGlue(token: Token | undefined): boolean {
  return token !== undefined && /^(['.&-]|of|the|and)$/.test(token.text);
}

function nameFrom(tokens: readonly Token[], start: number, end: number): ValueCandidate {
  const name = tokens
    .slice(start, end)
    .map((token) => token.text)
    .join(" ")
    .replace(/ (['.-]) /g, "$1");
  return { kind: "text", text: name, start, end, stored: nowhere };
}
