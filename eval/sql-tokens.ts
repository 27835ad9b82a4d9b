/** SQL of any dialect as a row of tokens: enough to find words and names outside strings and comments. */

export interface SqlToken {
  /** `name`: quoted in any of the three ways. `string`: in single quotes or dollars. */
  readonly kind: "word" | "name" | "string" | "number" | "space" | "other";
  /** As written; all tokens together are the statement. */
  readonly text: string;
}

const PATTERNS: readonly (readonly [SqlToken["kind"], RegExp])[] = [
  ["space", /(?:\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))+/y],
  ["string", /[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$)/y],
  ["string", /'(?:[^']|'')*(?:'|$)/y],
  ["string", /\$([A-Za-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)/y],
  ["name", /"(?:[^"]|"")*(?:"|$)/y],
  ["name", /`(?:[^`]|``)*(?:`|$)/y],
  ["word", /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ["number", /\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+/y],
  ["other", /\$\d+|[\s\S]/y],
];

export function sqlTokens(sql: string): readonly SqlToken[] {
  const tokens: SqlToken[] = [];
  for (let at = 0; at < sql.length; ) {
    const token = tokenAt(sql, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(sql: string, at: number): SqlToken {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const text = pattern.exec(sql)?.[0];
    if (text !== undefined && text !== "") return { kind, text };
  }
  return { kind: "other", text: sql.charAt(at) };
}

export function isWord(token: SqlToken | undefined, word: string): boolean {
  return token?.kind === "word" && token.text.toLowerCase() === word;
}

/** A script cut at the semicolons that end statements; empty ones are left out. */
export function splitStatements(script: string): readonly string[] {
  const statements: string[] = [];
  let current: SqlToken[] = [];
  const end = () => {
    if (current.some(({ kind }) => kind !== "space"))
      statements.push(
        current
          .map(({ text }) => text)
          .join("")
          .trim(),
      );
    current = [];
  };
  for (const token of sqlTokens(script)) {
    if (token.kind === "other" && token.text === ";") end();
    else current.push(token);
  }
  end();
  return statements;
}

/**
 * The official evaluation takes no notice of DISTINCT, in the gold or in the prediction. `is distinct from` and
 * `distinct on (…)` are other things and stay.
 */
export function stripDistinct(sql: string): string {
  const tokens = sqlTokens(sql);
  const dense = tokens.filter(({ kind }) => kind !== "space");
  return tokens
    .filter((token) => {
      if (!isWord(token, "distinct")) return true;
      const next = dense[dense.indexOf(token) + 1];
      return isWord(next, "from") || isWord(next, "on");
    })
    .map(({ text }) => text)
    .join("");
}

/** True when the rows of the whole statement were asked for in an order: ORDER BY outside all brackets. */
export function isOrdered(sql: string): boolean {
  let depth = 0;
  const dense = sqlTokens(sql).filter(({ kind }) => kind !== "space");
  return dense.some((token, at) => {
    if (token.text === "(") depth++;
    if (token.text === ")") depth--;
    return depth === 0 && isWord(token, "order") && isWord(dense[at + 1], "by");
  });
}
