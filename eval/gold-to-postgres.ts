/**
 * A gold of SQLite's dialect as PostgreSQL would have it, so that it can be saved as a verified example: names as they
 * were declared, texts in single quotes, LIKE without case, what is shown also grouped by, and types that PostgreSQL
 * compares. The evaluation runs it and takes it only where its result is the gold's.
 */

import { quoted } from "../shared/kernel/identifiers.ts";
import type { TableInfo } from "../shared/sources/ports.ts";
import type { AstNode, SqlParser } from "../shared/sql/ports.ts";
import { matchTypes } from "./gold-types.ts";
import { isWord, type SqlToken, sqlTokens } from "./sql-tokens.ts";

type Parser = Pick<SqlParser, "parse" | "deparse">;

export function goldToPostgres(
  sql: string,
  tables: readonly TableInfo[],
  parser: Parser,
): string | null {
  return translated(sql, tables, parser, (statement) => statement);
}

/**
 * The same with each tie put in the order that SQLite puts it in, for a gold whose result hangs on it: who confirms that
 * result has to say so.
 */
export function goldWithoutTies(
  sql: string,
  tables: readonly TableInfo[],
  parser: Parser,
): string | null {
  return translated(sql, tables, parser, (statement) => breakTies(statement, tables));
}

function translated(
  sql: string,
  tables: readonly TableInfo[],
  parser: Parser,
  change: (statement: unknown) => unknown,
): string | null {
  const parsed = parser.parse(renameTokens(sql, tables));
  const statement = parsed.kind === "parsed" ? parsed.statements[0] : undefined;
  if (statement === undefined) return null;
  // As it was written: what is grouped by only for PostgreSQL's sake orders nothing in SQLite.
  return parser.deparse(matchTypes(groupWhatIsShown(change(statement)) as AstNode, tables));
}

/** By lower case; a column and a table may differ in nothing but that. */
interface Declared {
  readonly tables: ReadonlyMap<string, string>;
  readonly columns: ReadonlyMap<string, string>;
}

function renameTokens(sql: string, tables: readonly TableInfo[]): string {
  const columns = tables.flatMap((table) => table.columns);
  const declared = { tables: namesOf(tables), columns: namesOf(columns) };
  const tokens = sqlTokens(sql.replace(/;\s*$/, ""));
  const dense = tokens.filter(({ kind }) => kind !== "space");
  let place = 0;
  return tokens
    .map((token) => {
      if (token.kind === "space") return token.text;
      const [before, after] = [dense[place - 1], dense[place + 1]];
      place++;
      return rename(token, { before, after }, declared);
    })
    .join("");
}

/** The first of several spellings. */
function namesOf(named: readonly { readonly name: string }[]): ReadonlyMap<string, string> {
  return new Map(named.toReversed().map(({ name }) => [name.toLowerCase(), name]));
}

interface Around {
  readonly before: SqlToken | undefined;
  readonly after: SqlToken | undefined;
}

function rename(token: SqlToken, around: Around, declared: Declared): string {
  if (token.kind !== "word" && token.kind !== "name") return token.text;
  if (isWord(token, "like")) return "ilike";
  const bare = token.kind === "word" ? token.text : unquote(token.text);
  const own = declaredName(bare.toLowerCase(), around, declared);
  if (token.kind === "word")
    return own === undefined || isReserved(bare) ? token.text : quoted(own);
  if (own !== undefined) return quoted(own);
  // SQLite takes an unknown name in double quotes for a text.
  return token.text.startsWith('"') ? `'${bare.replaceAll("'", "''")}'` : quoted(bare);
}

function declaredName(
  bare: string,
  { before, after }: Around,
  { tables, columns }: Declared,
): string | undefined {
  if (before?.text === ".") return columns.get(bare);
  if (after?.text === "." || isWord(before, "from") || isWord(before, "join"))
    return tables.get(bare);
  return columns.get(bare) ?? tables.get(bare);
}

/** Words that may be a column's name but in a gold, unquoted, are not. */
const RESERVED = new Set(
  "select from where group by order having limit join on and or not in like between as union intersect except count sum avg min max desc asc distinct left".split(
    " ",
  ),
);

function isReserved(word: string): boolean {
  return RESERVED.has(word.toLowerCase());
}

function unquote(text: string): string {
  const mark = text.charAt(0);
  return text.slice(1, -1).replaceAll(mark + mark, mark);
}

/** SQLite shows a column that is not grouped by; PostgreSQL wants it in the GROUP BY. */
function groupWhatIsShown(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(groupWhatIsShown);
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, groupWhatIsShown(value)]);
  const copy = Object.fromEntries(entries) as AstNode;
  const select = copy.SelectStmt as AstNode | undefined;
  const groups = select?.groupClause as readonly unknown[] | undefined;
  if (select === undefined || groups === undefined) return copy;
  const present = new Set(groups.map(columnKey));
  const added = shownColumns(select).filter((column) => !present.has(columnKey(column)));
  return { SelectStmt: { ...select, groupClause: [...groups, ...added] } };
}

/** Plain columns of the target list and the order. */
function shownColumns(select: AstNode): readonly unknown[] {
  const targets = (select.targetList ?? []) as readonly AstNode[];
  const sorts = (select.sortClause ?? []) as readonly AstNode[];
  const shown = targets.map((target) => (target.ResTarget as AstNode | undefined)?.val);
  const sorted = sorts.map((sort) => (sort.SortBy as AstNode | undefined)?.node);
  const columns = [...shown, ...sorted].filter(
    (node) => typeof node === "object" && node !== null && "ColumnRef" in node,
  );
  return [...new Map(columns.map((column) => [columnKey(column), column])).values()];
}

/** The fields alone: the tree also holds where in the text a column stands. */
function columnKey(node: unknown): string {
  const reference = (node as AstNode)?.ColumnRef as AstNode | undefined;
  return JSON.stringify(reference?.fields ?? node);
}

function breakTies(node: unknown, tables: readonly TableInfo[]): unknown {
  if (Array.isArray(node)) return node.map((one) => breakTies(one, tables));
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, breakTies(value, tables)]);
  const copy = Object.fromEntries(entries) as AstNode;
  const select = copy.SelectStmt as AstNode | undefined;
  const sorts = select?.sortClause as readonly AstNode[] | undefined;
  if (select === undefined || sorts === undefined || select.distinctClause !== undefined)
    return copy;
  const groups = select.groupClause as readonly AstNode[] | undefined;
  const follows = groups?.length === sorts.length;
  const sorted = new Set(sorts.map((one) => columnKey((one.SortBy as AstNode).node)));
  const more = (groups ?? keyOfFirst(select, tables)).filter((one) => !sorted.has(columnKey(one)));
  const breakers = more.map((one) => {
    const down = follows && isDescending(sorts[groups.indexOf(one)]);
    const sortby_dir = down ? "SORTBY_DESC" : "SORTBY_ASC";
    return { SortBy: { node: one, sortby_dir, sortby_nulls: "SORTBY_NULLS_DEFAULT" } };
  });
  return { SelectStmt: { ...select, sortClause: [...sorts, ...breakers] } };
}

const isDescending = (sort: AstNode | undefined): boolean =>
  (sort?.SortBy as AstNode | undefined)?.sortby_dir === "SORTBY_DESC";

/** Rows come as they were entered, which is as a rule the order of their key; those of a join in nobody's order. */
function keyOfFirst(select: AstNode, tables: readonly TableInfo[]): readonly AstNode[] {
  const [from, ...others] = (select.fromClause ?? []) as readonly AstNode[];
  const name = (from?.RangeVar as AstNode | undefined)?.relname;
  const table = others.length === 0 ? tables.find((one) => one.name === name) : undefined;
  return (table?.primaryKey ?? []).map((column) => ({
    ColumnRef: { fields: [{ String: { sval: column } }] },
  }));
}
