/** A rewritten tree as text, proven to be that tree: what runs is what was rewritten. */
import { LRUCache } from "lru-cache";
import { sameTree } from "./canonical-sql.ts";
import type { AstNode, SqlParser } from "./ports.ts";
import type { Node } from "./restriction.ts";
import { type Edit, spliced } from "./splice-text.ts";

export interface Writer {
  /** A small query, written once for all statements that hold it. @throws where it cannot be written. */
  query(select: Node): string;
  /** From the statement's own text and what changed in it, or the whole tree anew; null where neither gives the tree. */
  rewritten(own: string | null, edits: readonly Edit[] | null, statement: AstNode): string | null;
}

const QUERIES = 1_000;

export function createWriter(parser: SqlParser): Writer {
  const queries = new LRUCache<string, string>({ max: QUERIES });
  const faithful = (sql: string | null, statement: AstNode): sql is string => {
    if (sql === null) return false;
    const again = parser.parse(sql);
    return (
      again.kind === "parsed" &&
      again.statements.length === 1 &&
      sameTree(statement, again.statements[0])
    );
  };
  return {
    query(select) {
      const key = JSON.stringify(select);
      const known = queries.get(key) ?? parser.deparse({ SelectStmt: select });
      queries.set(key, known);
      return known;
    },
    rewritten(own, edits, statement) {
      const text = own === null || edits === null ? null : spliced(own, edits);
      if (faithful(text, statement)) return text;
      const whole = deparsed(parser, statement);
      return faithful(whole, statement) ? whole : null;
    },
  };
}

function deparsed(parser: SqlParser, statement: AstNode): string | null {
  try {
    return parser.deparse(statement);
  } catch {
    // An unknown construct, or a tree too deep for a recursive writer.
    return null;
  }
}
