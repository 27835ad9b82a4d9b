/** Says what a statement that we did not build reads and keeps, out of its own text: nothing is taken on anybody's word. */
import type { JsonValue } from "../sources/ports.ts";

/** Strings, quoted names, words, numbers, parameters, and any other character; nothing is lost but blanks. */
const TOKEN =
  /[eE]'(?:\\.|''|[^'\\])*'|'(?:''|[^'])*'|"(?:""|[^"])*"|\$\d+|[\p{L}_][\p{L}\p{N}_$]*|\d[\p{L}\p{N}.]*|<>|<=|>=|!=|::|\|\||\S/gu;

const CLAUSES = ["WHERE", "GROUP", "HAVING", "QUALIFY", "ORDER", "LIMIT"] as const;
type Clause = (typeof CLAUSES)[number];
const said: Readonly<Record<Clause, string>> = {
  WHERE: "keeps rows where",
  GROUP: "grouped by",
  HAVING: "keeps groups where",
  QUALIFY: "keeps rows where",
  ORDER: "ordered by",
  LIMIT: "at most",
};
/** What ends a clause beside the next one. */
const ENDS = new Set<string>([
  ...CLAUSES,
  "WINDOW",
  "OFFSET",
  "FETCH",
  "FOR",
  "UNION",
  "INTERSECT",
  "EXCEPT",
  "SELECT",
]);
const MAX_CLAUSE = 160;

interface Token {
  readonly text: string;
  readonly word: string;
  readonly depth: number;
}

/**
 * One sentence: the tables, then each condition, group, order and limit as the statement itself says it, those of
 * nested queries too. `sql` is the guard's canonical text, without comments.
 */
export function restateSql(
  sql: string,
  params: readonly JsonValue[],
  tables: readonly string[],
): string {
  const tokens = tokensOf(sql);
  const parts: string[] = [];
  let covered = 0;
  for (const [at, { word }] of tokens.entries()) {
    if (at < covered || !isClause(word, tokens[at + 1])) continue;
    const end = endOf(tokens, at);
    const from = word === "GROUP" || word === "ORDER" ? at + 2 : at + 1;
    parts.push(`${said[word]} ${textOf(tokens.slice(from, end), params)}`);
    covered = end;
  }
  const nested = tokens.filter(({ word }) => word === "SELECT").length - 1;
  const reads = tables.length === 0 ? "reads no table" : `reads ${tables.join(", ")}`;
  const inner = nested > 0 ? [`in ${nested + 1} SELECTs`] : [];
  return `Written by a language model and checked by nobody: ${[reads, ...inner, ...parts].join("; ")}`;
}

function tokensOf(sql: string): readonly Token[] {
  let depth = 0;
  return [...sql.matchAll(TOKEN)].map(([text]) => {
    if (text === ")") depth -= 1;
    const token = { text, word: text.toUpperCase(), depth };
    if (text === "(") depth += 1;
    return token;
  });
}

/** `ORDER BY` inside `OVER (…)` or an aggregate is an order too, and said as one. */
function isClause(word: string, next: Token | undefined): word is Clause {
  if (!(CLAUSES as readonly string[]).includes(word)) return false;
  return (word !== "GROUP" && word !== "ORDER") || next?.word === "BY";
}

/** At the next clause of the same query, or where the brackets around it close. */
function endOf(tokens: readonly Token[], start: number): number {
  const depth = tokens[start]?.depth ?? 0;
  const end = tokens.findIndex(
    (one, at) => at > start && (one.depth < depth || (one.depth === depth && ENDS.has(one.word))),
  );
  return end === -1 ? tokens.length : end;
}

function textOf(tokens: readonly Token[], params: readonly JsonValue[]): string {
  const text = tokens
    .map(({ text: one }) => {
      const at = /^\$(\d+)$/.exec(one)?.[1];
      return at === undefined ? one : JSON.stringify(params[Number(at) - 1] ?? null);
    })
    .join(" ")
    .replace(/ ?(::|\.) ?/g, "$1")
    .replace(/ ([,)])/g, "$1")
    .replace(/\( /g, "(")
    .replace(/(\w) \(/g, (whole, last: string, at: number, all: string) =>
      /\b(?:AND|OR|NOT|IN|ANY|ALL|EXISTS|BY|THEN|WHEN|ELSE|BETWEEN|LIKE|AS|FROM|WHERE)$/i.test(
        all.slice(0, at + 1),
      )
        ? whole
        : `${last}(`,
    );
  return text.length > MAX_CLAUSE ? `${text.slice(0, MAX_CLAUSE)}…` : text;
}
