/**
 * Puts rewritten parts into the statement's own text, where the parser says that they stand: many times faster than
 * writing the whole tree. What is not certain is parsed again and compared with the rewritten tree.
 */
import { relationEnd } from "./relation-place.ts";

export interface Edit {
  /** Where the name begins, in bytes of UTF-8. */
  readonly at: number;
  /** `name`: in place of a name with all its parts. `qualifier`: the first part and its dot are left out. */
  readonly kind: "name" | "qualifier";
  readonly text: string;
  /** The relation's name as the tree has it, where `text` is known to read as what it stands for; else null. */
  readonly proven: readonly string[] | null;
  /** The node that changes, which has its own place in the text, and what it becomes: as the parser writes them. */
  readonly type: "RangeVar" | "ColumnRef";
  was(): string;
  becomes(): string;
}

export interface Spliced {
  readonly sql: string;
  /** It reads as the rewritten tree without being read: see relation-place.ts. */
  readonly certain: boolean;
}

const PART = /(?:U&)?"(?:[^"]|"")*"|[A-Za-z_\x80-\xff][\w$\x80-\xff]*/iy;
const BLANK = /(?:\s|--[^\n]*\n|\/\*(?:[^*]|\*(?!\/))*\*\/)*/y;

/** Null where a name is not found where it should stand. */
export function spliced(sql: string, edits: readonly Edit[]): Spliced | null {
  // As bytes, one character each, because that is how the parser counts.
  const source = toBytes(sql);
  let result = "";
  let done = 0;
  let certain = true;
  for (const edit of [...edits].sort((a, b) => a.at - b.at)) {
    const known = edit.proven === null ? null : relationEnd(source, edit.at, edit.proven);
    certain &&= known !== null;
    const end = known ?? endOf(source, edit);
    if (end === null || edit.at < done) return null;
    result += source.slice(done, edit.at) + toBytes(edit.text);
    done = end;
  }
  return { sql: fromBytes(result + source.slice(done)), certain };
}

const toBytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
const fromBytes = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");

const endOf = (source: string, { at, kind }: Edit): number | null =>
  kind === "name" ? nameEnd(source, at) : qualifierEnd(source, at);

function match(pattern: RegExp, source: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex : null;
}

/** The end of `a . b . c`; blanks and comments may stand between. */
function nameEnd(source: string, at: number): number | null {
  let end = match(PART, source, at);
  for (let next = afterDot(source, end); next !== null; next = afterDot(source, end))
    end = match(PART, source, next);
  return end;
}

function qualifierEnd(source: string, at: number): number | null {
  return afterDot(source, match(PART, source, at));
}

function afterDot(source: string, end: number | null): number | null {
  if (end === null) return null;
  const dot = match(BLANK, source, end) ?? end;
  return source[dot] === "." ? match(BLANK, source, dot + 1) : null;
}
