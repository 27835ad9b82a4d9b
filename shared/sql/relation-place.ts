/**
 * Where a relation's name stands for certain, so that what is put in its place need not be read again.
 *
 * The parser gives the place, where a token begins. What is asked here is that the name the tree has stands there, in
 * whole tokens of the plainest form (no Unicode escapes, no comments, no blanks within), and that the tokens before
 * and after it end and begin on their own. docs/decisions/0011-policies-by-rewriting.md says why that is enough.
 */

/** As PostgreSQL's scanner (scan.l): letters, digits, `$` and every byte above ASCII. */
const PART = /"(?:[^"]|"")+"|[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*/y;

/** FROM, JOIN, ONLY or TABLE with a blank, or a token of one character. */
const BEFORE = /(?<=[ \t\n\r\f\v,(])/y;

/** Not `.` or `(`, by which it would be another name; nor `*`, which no subquery has; nor a comment or an operator. */
const AFTER = /[ \t\n\r\f\v]*(?:$|[,);])|[ \t\n\r\f\v]+["A-Za-z_\x80-\xff]/y;

/** `source` is the text in bytes, one character each. The end of the name, or null where anything is in doubt. */
export function relationEnd(source: string, at: number, parts: readonly string[]): number | null {
  if (!stands(BEFORE, source, at)) return null;
  let end = at;
  for (const [i, part] of parts.entries()) {
    const start = i === 0 ? at : end + 1;
    if (i > 0 && source[end] !== ".") return null;
    if (!stands(PART, source, start) || nameIn(source.slice(start, PART.lastIndex)) !== part)
      return null;
    end = PART.lastIndex;
  }
  return stands(AFTER, source, end) ? end : null;
}

function stands(pattern: RegExp, source: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(source);
}

/** Folded as PostgreSQL folds: ASCII alone. It also cuts long names, which are not equal here then. */
function nameIn(bytes: string): string {
  const name = bytes.startsWith('"')
    ? bytes.slice(1, -1).replaceAll('""', '"')
    : bytes.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return Buffer.from(name, "latin1").toString("utf8");
}
