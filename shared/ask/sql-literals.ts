/** Finds the literals of a statement's text, in any of the dialects: what is a string, what a number, and where. */

export interface SqlLiteral {
  readonly kind: "text" | "number";
  /** Without quotation marks. */
  readonly value: string;
  /** Where it stands, the type's name before it (`date '…'`) included. */
  readonly start: number;
  readonly end: number;
  /** The type's name before it, or null. */
  readonly type: string | null;
  /** A cast follows, which types whatever stands there. */
  readonly cast: boolean;
}

const pattern = new RegExp(
  [
    String.raw`--[^\n]*`,
    String.raw`\/\*[\s\S]*?\*\/`,
    '"(?:[^"]|"")*"',
    String.raw`\$(?<tag>\w*)\$[\s\S]*?\$\k<tag>\$`,
    String.raw`\b[eE]'(?:[^'\\]|\\.|'')*'`,
    String.raw`(?<type>\b(?:date|timestamp with time zone|timestamptz|timestamp|time|interval)\s*)?(?<prefix>\b[eEbBxXnNuU]&?)?'(?<text>(?:[^']|'')*)'(?<cast>\s*::)?`,
    String.raw`\$\d+`,
    String.raw`[\p{L}_][\p{L}\p{N}_$]*`,
    String.raw`(?<number>(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?)`,
  ].join("|"),
  "giu",
);

/**
 * Left to right. Strings with escapes of their own (`E'…'`) are left out: nothing is put in their place. Nor is anything
 * where a plain string holds a backslash, which one dialect reads as an escape and the others do not.
 */
export function findLiterals(sql: string): readonly SqlLiteral[] {
  const literals = [...sql.matchAll(pattern)].flatMap(toLiteral);
  return literals.some(({ value }) => value.includes("\\")) ? [] : literals;
}

function toLiteral(match: RegExpExecArray): readonly SqlLiteral[] {
  const { type, prefix, text, cast, number } = match.groups ?? {};
  const { index: start } = match;
  const end = start + match[0].length;
  if (number !== undefined)
    return [{ kind: "number", value: number, type: null, cast: false, start, end }];
  if (text === undefined || prefix !== undefined) return [];
  return [
    {
      kind: "text",
      value: text.replaceAll("''", "'"),
      start,
      end: end - (cast?.length ?? 0),
      type: type?.trim().toLowerCase() ?? null,
      cast: cast !== undefined,
    },
  ];
}
