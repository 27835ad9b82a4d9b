/** What a statement is, as DuckDB's parser reads it; remembered, since the same ones come again and reading takes milliseconds. */
import { LRUCache } from "lru-cache";
import { AppError } from "../../kernel/app-error.ts";
import type { DuckdbAst, DuckdbParser } from "../../sql/duckdb/ports.ts";

/** @throws AppError sql_syntax, query_failed for anything but one SELECT. */
export type ReadTree = (query: string) => Promise<DuckdbAst>;

/** In characters of SQL; a tree takes sixty to eighty bytes for each. */
const MOST_REMEMBERED = 200_000;

export function createTreeReader(parser: DuckdbParser): ReadTree {
  const known = new LRUCache<string, DuckdbAst>({
    maxSize: MOST_REMEMBERED,
    sizeCalculation: (_tree, query) => query.length + 1,
  });
  return async (query) => {
    const before = known.get(query);
    if (before !== undefined) return before;
    const tree = await readTree(parser, query);
    known.set(query, tree);
    return tree;
  };
}

/** Only what DuckDB can write as a tree is run: that is one SELECT, and its tables are known. */
async function readTree(parser: DuckdbParser, query: string): Promise<DuckdbAst> {
  const outcome = await parser.parse(query);
  if (outcome.kind === "syntax_error")
    throw new AppError(
      "sql_syntax",
      `Line ${outcome.line}, column ${outcome.column}: ${outcome.message}`,
    );
  const [tree, ...more] = outcome.kind === "parsed" ? outcome.statements : [];
  if (tree === undefined || more.length > 0)
    throw new AppError(
      "query_failed",
      outcome.kind === "too_complex"
        ? outcome.message
        : "Only a single SELECT is run on a data lake.",
    );
  return tree;
}
