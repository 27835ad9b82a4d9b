/** Cuts a question into words, numbers, dates, quoted values and symbols. */
import { stem } from "./stem.ts";

export interface Token {
  readonly kind: "word" | "number" | "quoted" | "symbol" | "date";
  /** As written in the question. */
  readonly text: string;
  readonly lower: string;
  readonly stem: string;
  /** Only for numbers. */
  readonly value?: number;
  /** No space before it. */
  readonly glued?: true;
}

const numberWords: ReadonlyMap<string, number> = new Map(
  "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty"
    .split(" ")
    .map((word, value) => [word, value]),
);

const magnitudes: Readonly<Record<string, number>> = {
  k: 1e3,
  m: 1e6,
  bn: 1e9,
  thousand: 1e3,
  million: 1e6,
};

const pattern = new RegExp(
  [
    String.raw`(?<date>\b\d{4}-\d{2}-\d{2}\b)`,
    '"(?<double>[^"]{1,200})"',
    String.raw`(?<![\p{L}\p{N}])'(?<single>[^']{1,200})'(?![\p{L}\p{N}])`,
    String.raw`(?<number>(?<![\p{L}\p{N}.])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)(?<magnitude>(?:k|m|bn)\b|\s(?:thousand|million)\b)?`,
    String.raw`(?<word>\p{L}[\p{L}\p{M}\p{N}]*(?:'\p{L}+)?|[\p{L}\p{M}\p{N}]+)`,
    String.raw`(?<symbol>>=|<=|!=|<>|[^\s_])`,
  ].join("|"),
  "giu",
);

/** One spelling for what looks the same: compatibility forms, quotation marks, spaces. */
export function normaliseText(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/[\u2018\u2019\u02BC]/g, "'")
    .replace(/[\u201C\u201D\u201E\u00AB\u00BB]/g, '"')
    .replace(/(?<=[\p{L}\p{N}])[-/](?=\p{L})/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** Total: any string gives tokens, and every visible character ends up in one. */
export function tokenise(question: string): readonly Token[] {
  const plain = plainWords(question);
  if (plain !== null) {
    return plain.flatMap(readWord);
  }
  const tokens: Token[] = [];
  let end = -1;
  for (const match of normaliseText(splitIdentifiers(question)).matchAll(pattern)) {
    const [first, ...more] = readMatch(match[0], match.groups ?? {});
    if (first !== undefined) {
      tokens.push(match.index === end ? { ...first, glued: true } : first, ...more);
    }
    end = match.index + match[0].length;
  }
  return tokens;
}

/** Words of an identifier or a stored value, as stems. */
export function stemsOf(name: string): readonly string[] {
  const plain = plainWords(name);
  if (plain !== null) {
    return plain.flatMap(stemsOfWord);
  }
  return tokenise(splitCamelCase(name))
    .filter((token) => token.kind !== "symbol")
    .flatMap((token) => (token.kind === "quoted" ? stemsOf(token.text) : [token.stem]));
}

/** As written, with one blank between. */
export const textOf = (tokens: readonly Token[]): string =>
  tokens.map((token) => token.text).join(" ");

/** Punctuation that says nothing of its own. */
export function isSilent(token: Token): boolean {
  return token.kind === "symbol" && ["?", ".", "!", ",", ":"].includes(token.text);
}

function readMatch(
  text: string,
  groups: Readonly<Record<string, string | undefined>>,
): readonly Token[] {
  const quoted = groups.double ?? groups.single;
  if (quoted !== undefined) {
    return [token("quoted", quoted)];
  }
  if (groups.number !== undefined) {
    const magnitude = magnitudes[groups.magnitude?.trim().toLowerCase() ?? ""] ?? 1;
    return [
      { ...token("number", text), value: Number(groups.number.replaceAll(",", "")) * magnitude },
    ];
  }
  if (groups.date !== undefined) {
    return [token("date", text)];
  }
  return groups.word === undefined ? [token("symbol", text)] : readWord(text);
}

function readWord(text: string): readonly Token[] {
  const lower = text.toLowerCase();
  const value = numberWords.get(lower);
  if (value !== undefined) {
    return [{ ...token("number", text), value }];
  }
  if (lower === "cannot") {
    return [token("word", "can"), token("word", "not")];
  }
  if (!text.includes("'")) {
    return [token("word", text)];
  }
  const [, denied] = /^(.+)n't$/.exec(lower) ?? [];
  if (denied !== undefined) {
    return [token("word", denied), token("word", "not")];
  }
  return [token("word", text.replace(/'(s|re|ve|ll|d|m)$/i, ""))];
}

/** The same as by way of tokens. */
function stemsOfWord(text: string): string | readonly string[] {
  const lower = text.toLowerCase();
  if (lower === "cannot") {
    return ["can", "not"];
  }
  return numberWords.has(lower) ? lower : stem(lower);
}

/**
 * What is letters, digits and single blanks and nothing else, as most stored values are: it reads as it is cut at the
 * blanks. There may be tens of thousands of them, and this is ten times cheaper than the patterns. Null for all else.
 */
function plainWords(text: string): string[] | null {
  let start = true;
  let small = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const lower = code >= 97 && code <= 122;
    const upper = code >= 65 && code <= 90;
    const digit = code >= 48 && code <= 57;
    const fits = lower || (upper && !small) || (digit && !start) || (code === 32 && !start);
    if (!fits) {
      return null;
    }
    start = code === 32;
    small = lower;
  }
  return start ? null : text.split(" ");
}

function token(kind: Token["kind"], text: string): Token {
  const lower = text.toLowerCase();
  return { kind, text, lower, stem: kind === "word" ? stem(lower) : lower };
}

/** `orderItems` is a name of the schema; `McDonald` and `eBay` are names as people write them. */
function splitIdentifiers(text: string): string {
  return text.replace(/(?<!\p{L})\p{Ll}{2,}(?:\p{Lu}\p{Ll}+)+/gu, splitCamelCase);
}

function splitCamelCase(text: string): string {
  return text.replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2");
}
