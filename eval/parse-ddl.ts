/** CREATE TABLE statements of the MySQL dialect, read for what an evaluation needs: columns, keys, references. */
import { isWord, type SqlToken, splitStatements, sqlTokens } from "./sql-tokens.ts";

export interface DeclaredColumn {
  readonly name: string;
  /** As written, with its length: `VARCHAR(20)`. */
  readonly type: string;
  readonly nullable: boolean;
}

export interface DeclaredReference {
  readonly columns: readonly string[];
  readonly table: string;
  readonly foreignColumns: readonly string[];
}

export interface DeclaredTable {
  readonly name: string;
  readonly columns: readonly DeclaredColumn[];
  readonly primaryKey: readonly string[];
  readonly unique: readonly (readonly string[])[];
  readonly references: readonly DeclaredReference[];
}

export function parseDdl(script: string): readonly DeclaredTable[] {
  return splitStatements(script)
    .map((sql) => sqlTokens(sql).filter(({ kind }) => kind !== "space"))
    .filter((tokens) => isWord(tokens[0], "create") && isWord(tokens[1], "table"))
    .map(parseTable);
}

function parseTable(tokens: readonly SqlToken[]): DeclaredTable {
  const open = tokens.findIndex(({ text }) => text === "(");
  const name = unquote(tokens[open - 1]);
  const lines = splitList(tokens.slice(open + 1, closing(tokens, open)));
  const columns: DeclaredColumn[] = [];
  const unique: (readonly string[])[] = [];
  const references: DeclaredReference[] = [];
  let primaryKey: readonly string[] = [];
  for (const line of lines.map(withoutConstraintName)) {
    if (isWord(line[0], "primary")) primaryKey = nameList(line);
    else if (isWord(line[0], "unique")) unique.push(nameList(line));
    else if (isWord(line[0], "foreign")) references.push(referenceOf(line, nameList(line)));
    else if (!isIndex(line)) {
      const column = columnOf(line);
      columns.push(column);
      if (has(line, "primary")) primaryKey = [column.name];
      if (has(line, "unique")) unique.push([column.name]);
      if (has(line, "references")) references.push(referenceOf(line, [column.name]));
    }
  }
  return { name, columns, primaryKey, unique, references };
}

/** `CONSTRAINT name` before a key says nothing that is needed. */
function withoutConstraintName(line: readonly SqlToken[]): readonly SqlToken[] {
  return isWord(line[0], "constraint") ? line.slice(2) : line;
}

/** A column may be called `key` when it is quoted. */
function isIndex(line: readonly SqlToken[]): boolean {
  return ["index", "key", "fulltext", "check"].some((word) => isWord(line[0], word));
}

function has(line: readonly SqlToken[], word: string): boolean {
  return line.slice(1).some((token) => isWord(token, word));
}

function columnOf(line: readonly SqlToken[]): DeclaredColumn {
  const [name, type, bracket] = line;
  const length =
    bracket?.text === "("
      ? line
          .slice(2, closing(line, 2) + 1)
          .map(({ text }) => text)
          .join("")
      : "";
  const notAt = line.findIndex((token, at) => isWord(token, "not") && isWord(line[at + 1], "null"));
  return { name: unquote(name), type: `${type?.text ?? "TEXT"}${length}`, nullable: notAt < 0 };
}

function referenceOf(line: readonly SqlToken[], columns: readonly string[]): DeclaredReference {
  const rest = line.slice(line.findIndex((token) => isWord(token, "references")) + 1);
  const open = rest.findIndex(({ text }) => text === "(");
  const table = unquote(rest[(open < 0 ? rest.length : open) - 1]);
  return { columns, table, foreignColumns: open < 0 ? [] : nameList(rest) };
}

/** The names in the first brackets; a length after a name, as in `name`(10), is passed over. */
function nameList(line: readonly SqlToken[]): readonly string[] {
  const open = line.findIndex(({ text }) => text === "(");
  return splitList(line.slice(open + 1, closing(line, open))).map((part) => unquote(part[0]));
}

function splitList(tokens: readonly SqlToken[]): readonly (readonly SqlToken[])[] {
  const parts: SqlToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.text === "(") depth++;
    if (token.text === ")") depth--;
    if (token.text === "," && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.filter((part) => part.length > 0);
}

function closing(tokens: readonly SqlToken[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at]?.text === "(") depth++;
    if (tokens[at]?.text === ")" && --depth === 0) return at;
  }
  return tokens.length;
}

function unquote(token: SqlToken | undefined): string {
  if (token === undefined) throw new Error("a name is missing in the DDL");
  if (token.kind !== "name") return token.text;
  const quote = token.text.charAt(0);
  return token.text.slice(1, -1).replaceAll(quote + quote, quote);
}
