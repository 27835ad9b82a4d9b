/** A rewritten tree as text, proven to be that tree: what runs is what was rewritten. */
import { LRUCache } from "lru-cache";
import { sameTree } from "./canonical-sql.ts";
import type { ParsedStatement } from "./parsed-statement.ts";
import type { AstNode, SqlParser } from "./ports.ts";
import type { Node } from "./restriction.ts";
import { type Edit, spliced } from "./splice-text.ts";
import { editedTree, statementText, type WrittenQuery, withoutPositions } from "./tree-text.ts";

export interface Writer {
  /** A small query, written once for all statements that hold it. @throws where it cannot be written. */
  query(select: Node): WrittenQuery;
  /** The tree written anew, or null where that does not give the tree. */
  whole(statement: AstNode): string | null;
  /** From the statement's own text and what changed in it, or the whole rewritten tree anew; null where neither is it. */
  rewritten(own: ParsedStatement, edits: readonly Edit[] | null, statement: AstNode): string | null;
}

const QUERIES = 1_000;

export function createWriter(parser: SqlParser): Writer {
  const queries = new LRUCache<string, WrittenQuery>({ max: QUERIES });
  const whole = (statement: AstNode): string | null => {
    const sql = deparsed(parser, statement);
    return sql !== null && gives(parser, sql, statement) ? sql : null;
  };
  return {
    query(select) {
      const key = JSON.stringify(select);
      const known = queries.get(key) ?? writtenQuery(parser, select);
      queries.set(key, known);
      return known;
    },
    whole,
    rewritten(own, edits, statement) {
      const sql = edits === null ? null : spliced(own.sql, edits);
      if (sql === null || edits === null) return whole(statement);
      const proven = isEdited(parser, own, edits, sql) || gives(parser, sql, statement);
      return proven ? sql : whole(statement);
    },
  };
}

/** Whether the parser, asked for the text of the tree of `sql`, writes the own tree with the edited nodes replaced. */
function isEdited(
  parser: SqlParser,
  own: ParsedStatement,
  edits: readonly Edit[],
  sql: string,
): boolean {
  const wanted = editedTree(own.text, edits);
  const found = wanted === null ? null : parser.parseToText(sql);
  return wanted !== null && found !== null && withoutPositions(found) === withoutPositions(wanted);
}

function gives(parser: SqlParser, sql: string, statement: AstNode): boolean {
  const again = parser.parse(sql);
  return (
    again.kind === "parsed" &&
    again.statements.length === 1 &&
    sameTree(statement, again.statements[0])
  );
}

function writtenQuery(parser: SqlParser, select: Node): WrittenQuery {
  const statement = { SelectStmt: select };
  const sql = parser.deparse(statement);
  const text = gives(parser, sql, statement) ? parser.parseToText(sql) : null;
  return { sql, tree: statementText(withoutPositions(text ?? "")) ?? "" };
}

function deparsed(parser: SqlParser, statement: AstNode): string | null {
  try {
    return parser.deparse(statement);
  } catch {
    // An unknown construct, or a tree too deep for a recursive writer.
    return null;
  }
}
