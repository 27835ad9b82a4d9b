/**
 * Snowflake's lexical rules, exactly: `--`, `//` and block comments (which do not nest), strings with doubled quotes and
 * backslash escapes, `$$…$$`, quoted identifiers. Whatever could be read in two ways is refused rather than guessed.
 * Source: Snowflake documentation, "Identifier requirements", "String & binary data types", "Comments".
 */
import type { LexProblem, LexResult, Token, TokenKind } from "./tokens.ts";

/** Other letters are written in double quotes, so that no look-alike blank or letter gets through. */
const WORD = /[A-Za-z_][A-Za-z0-9_$]*/y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const PARAMETER = /\$[1-9]\d{0,4}(?![A-Za-z0-9_$])/y;
/** Longest first. `->>`, `!`, `@`, `\`, backquote and `#` are left out: pipes, methods and stages are no reads of tables. */
const SYMBOL = /->(?!>)|=>|::|\|\||<=|>=|<>|!=|[-+*/%=<>(),.[\]{}:|&^~]/y;
const BLANK = /[ \t\r\n]+/y;

interface Scan {
  readonly sql: string;
  readonly tokens: Token[];
  at: number;
}

class Stop extends Error {
  readonly problem: LexProblem;
  constructor(problem: LexProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** @returns the tokens, or the first thing that is wrong. Never throws. A single trailing `;` is dropped. */
export function lexSnowflake(sql: string): LexResult {
  const scan: Scan = { sql, tokens: [], at: 0 };
  try {
    while (scan.at < sql.length) readNext(scan);
    return { ok: true, tokens: scan.tokens };
  } catch (error) {
    if (error instanceof Stop) return { ok: false, problem: error.problem };
    throw error;
  }
}

function readNext(scan: Scan): void {
  const { sql, at } = scan;
  const two = sql.slice(at, at + 2);
  if (skip(scan, BLANK)) return;
  if (two === "--" || two === "//") skipLine(scan);
  else if (two === "/*") skipBlock(scan);
  else if (two === "$$") readDollar(scan);
  else if (sql[at] === "'") readString(scan);
  else if (sql[at] === '"') readQuoted(scan);
  else if (sql[at] === ";") readEnd(scan);
  else if (!take(scan, "parameter", PARAMETER)) readPlain(scan);
}

function readPlain(scan: Scan): void {
  const before = scan.at;
  if (take(scan, "number", NUMBER)) {
    // `1_000` and `1a` are read in one way here and in another there.
    if (matches(WORD, scan.sql, scan.at)) refuse(scan, before, "a number runs into a word");
    return;
  }
  if (take(scan, "word", WORD)) {
    // `x'…'` and its like change what the quotes mean.
    if (scan.sql[scan.at] === "'") refuse(scan, before, "a string with a prefix");
    return;
  }
  if (take(scan, "symbol", SYMBOL)) return;
  const shown = String.fromCodePoint(scan.sql.codePointAt(before) ?? 0);
  refuse(scan, before, FORMS[shown] ?? `the character ${JSON.stringify(shown)}`);
}

/** What a character that no rule takes would have begun. */
const FORMS: Readonly<Record<string, string>> = {
  "@": "a stage (@name)",
  $: "a session variable ($name)",
  "?": "a parameter written as ?: parameters are $1 … $n",
  "!": "a method call (!)",
  "-": "the pipe operator (->>)",
};

function skipLine(scan: Scan): void {
  const rest = /[\r\n]/g;
  rest.lastIndex = scan.at;
  const end = rest.exec(scan.sql);
  // A bare CR ends the line for one reader and not for another.
  if (end !== null && end[0] === "\r" && scan.sql[end.index + 1] !== "\n")
    refuse(scan, end.index, "a carriage return in a comment");
  scan.at = end === null ? scan.sql.length : end.index + 1;
}

function skipBlock(scan: Scan): void {
  const end = scan.sql.indexOf("*/", scan.at + 2);
  if (end < 0) stop(scan.at, "syntax", "a comment that does not end");
  // They do not nest in Snowflake and do in other readers.
  if (scan.sql.slice(scan.at + 2, end).includes("/*"))
    refuse(scan, scan.at, "a comment inside a comment");
  scan.at = end + 2;
}

function readDollar(scan: Scan): void {
  const end = scan.sql.indexOf("$$", scan.at + 2);
  if (end < 0) stop(scan.at, "syntax", "a $$ string that does not end");
  add(scan, "string", scan.sql.slice(scan.at + 2, end), end + 2);
}

function readQuoted(scan: Scan): void {
  let end = scan.at + 1;
  for (; end < scan.sql.length; end++) {
    if (scan.sql[end] !== '"') continue;
    if (scan.sql[end + 1] !== '"') break;
    end++;
  }
  if (end >= scan.sql.length) stop(scan.at, "syntax", "a quoted name that does not end");
  const value = scan.sql.slice(scan.at + 1, end).replaceAll('""', '"');
  if (value === "") stop(scan.at, "syntax", "a quoted name without a character");
  if (hasControl(value)) refuse(scan, scan.at, "a control character in a name");
  add(scan, "quoted", value, end + 1);
}

function readString(scan: Scan): void {
  let value = "";
  let end = scan.at + 1;
  for (; end < scan.sql.length; end++) {
    const letter = scan.sql[end];
    if (letter === "\\") {
      const escaped = readEscape(scan, end);
      value += escaped.value;
      end += escaped.length - 1;
    } else if (letter !== "'") value += letter;
    else if (scan.sql[end + 1] === "'") {
      value += "'";
      end++;
    } else break;
  }
  if (end >= scan.sql.length) stop(scan.at, "syntax", "a string that does not end");
  // Two strings side by side are joined by some readers and are an error to others.
  if (scan.tokens.at(-1)?.kind === "string") refuse(scan, scan.at, "two strings side by side");
  add(scan, "string", value, end + 1);
}

const SIMPLE: Readonly<Record<string, string>> = {
  "'": "'",
  '"': '"',
  "\\": "\\",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** The documented escapes with one reading; octal, hexadecimal and unknown ones differ between readers. */
function readEscape(scan: Scan, at: number): { value: string; length: number } {
  const simple = SIMPLE[scan.sql[at + 1] ?? ""];
  if (simple !== undefined) return { value: simple, length: 2 };
  const unicode = /^\\u([0-9a-fA-F]{4})/.exec(scan.sql.slice(at, at + 6));
  if (unicode?.[1] !== undefined)
    return { value: String.fromCharCode(Number.parseInt(unicode[1], 16)), length: 6 };
  return refuse(scan, at, "this escape in a string (write the character, or use $$…$$)");
}

function readEnd(scan: Scan): void {
  const start = scan.at;
  scan.at++;
  while (scan.at < scan.sql.length) {
    const before = scan.tokens.length;
    if (scan.sql[scan.at] === ";") stop(start, "refused", "more than one statement");
    readNext(scan);
    if (scan.tokens.length > before) stop(start, "refused", "more than one statement");
  }
}

function take(scan: Scan, kind: TokenKind, pattern: RegExp): boolean {
  const found = matches(pattern, scan.sql, scan.at);
  if (found === null) return false;
  const value = kind === "parameter" ? found.slice(1) : found;
  add(scan, kind, value, scan.at + found.length);
  return true;
}

function skip(scan: Scan, pattern: RegExp): boolean {
  const found = matches(pattern, scan.sql, scan.at);
  scan.at += found?.length ?? 0;
  return found !== null;
}

function matches(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

function add(scan: Scan, kind: TokenKind, value: string, end: number): void {
  scan.tokens.push({ kind, value, start: scan.at, end });
  scan.at = end;
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20) return true;
  return false;
}

function refuse(scan: Scan, at: number, what: string): never {
  scan.at = at;
  return stop(at, "refused", what);
}

function stop(at: number, kind: LexProblem["kind"], message: string): never {
  throw new Stop({ kind, message, at });
}
