/** A rewritten tree as text, proven to be that tree: what runs is what was rewritten. */
import { LRUCache } from "lru-cache";
import { quoted } from "../kernel/identifiers.ts";
import { sameTree } from "./canonical-sql.ts";
import type { ParsedStatement } from "./parsed-statement.ts";
import type { AstNode, SqlParser } from "./ports.ts";
import type { Node } from "./restriction.ts";
import { type Edit, spliced } from "./splice-text.ts";
import {
  editedTree,
  statementText,
  type WrittenName,
  type WrittenQuery,
  withoutPositions,
} from "./tree-text.ts";

export interface Writer {
  /** A small query, written once for all statements that hold it under this alias. @throws where it cannot be written. */
  query(select: Node, alias: string): WrittenQuery;
  name(schema: string, name: string): WrittenName;
  /** The tree written anew, or null where that does not give the tree. */
  whole(statement: AstNode): string | null;
  /** From the statement's own text and what changed in it, or the whole rewritten tree anew; null where neither is it. */
  rewritten(own: ParsedStatement, edits: readonly Edit[] | null, statement: AstNode): string | null;
}

const KEPT = 1_000;

export function createWriter(parser: SqlParser): Writer {
  const queries = new LRUCache<string, WrittenQuery>({ max: KEPT });
  const names = new LRUCache<string, WrittenName>({ max: KEPT });
  const whole = (statement: AstNode): string | null => {
    const sql = deparsed(parser, statement);
    return sql !== null && gives(parser, sql, statement) ? sql : null;
  };
  return {
    query(select, alias) {
      const key = JSON.stringify([alias, select]);
      const known = queries.get(key) ?? writtenQuery(parser, select, alias);
      queries.set(key, known);
      return known;
    },
    name(schema, name) {
      const sql = `${quoted(schema)}.${quoted(name)}`;
      const known = names.get(sql) ?? { sql, proven: isName(parser, sql, schema, name) };
      names.set(sql, known);
      return known;
    },
    whole,
    rewritten(own, edits, statement) {
      const made = edits === null ? null : spliced(own.sql, edits);
      if (made === null || edits === null) return whole(statement);
      const { sql, certain } = made;
      const proven = certain || isEdited(parser, own, edits, sql) || gives(parser, sql, statement);
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

/** Read as it will stand: in brackets, in FROM, before its alias. */
function writtenQuery(parser: SqlParser, select: Node, alias: string): WrittenQuery {
  const subquery = { SelectStmt: select };
  const sql = parser.deparse(subquery);
  const proven = givesInFrom(parser, `(${sql}) AS ${quoted(alias)}`, {
    RangeSubselect: { subquery, alias: { aliasname: alias } },
  });
  const text = proven ? parser.parseToText(sql) : null;
  return { sql, tree: text === null ? null : statementText(withoutPositions(text)) };
}

function isName(parser: SqlParser, sql: string, schemaname: string, relname: string): boolean {
  return givesInFrom(parser, sql, {
    RangeVar: { schemaname, relname, inh: true, relpersistence: "p" },
  });
}

function givesInFrom(parser: SqlParser, sql: string, node: AstNode): boolean {
  const select = { fromClause: [node], limitOption: "LIMIT_OPTION_DEFAULT", op: "SETOP_NONE" };
  return gives(parser, `SELECT FROM ${sql}`, { SelectStmt: select });
}

function deparsed(parser: SqlParser, statement: AstNode): string | null {
  try {
    return parser.deparse(statement);
  } catch {
    // An unknown construct, or a tree too deep for a recursive writer.
    return null;
  }
}
