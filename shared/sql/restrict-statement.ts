/** Rewrites an allowed statement so that it reads only what its caller may see, and proves the text to be that tree. */
import type {
  AstNode,
  RelationViews,
  RestrictOutcome,
  SqlParser,
  StatementRestrictor,
} from "./ports.ts";
import { createRefusals } from "./refusals.ts";
import { restrictExpression } from "./restrict-expression.ts";
import { restrictFrom } from "./restrict-from.ts";
import { restrictSelect } from "./restrict-select.ts";
import type { Node, Restriction } from "./restriction.ts";
import { createWriter, type Writer } from "./rewritten-text.ts";
import { viewQuery } from "./view-subquery.ts";

export function createStatementRestrictor(parser: SqlParser): StatementRestrictor {
  const writer = createWriter(parser);
  return {
    restrict(sql, parameterCount, views) {
      const parsed = parser.parse(sql);
      const statement = parsed.kind === "parsed" ? parsed.statements[0] : undefined;
      if (statement === undefined)
        return refused("statement_too_complex", "The statement cannot be read again.");
      try {
        return restrictStatement(writer, { sql, statement }, parameterCount, views);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return refused("statement_too_complex", "The statement is nested too deeply.");
      }
    },
    probe(view) {
      const { restriction, bound } = createRestriction(writer, 0, NO_VIEWS);
      const sql = writer.rewritten(null, null, { SelectStmt: viewQuery(restriction, view) });
      if (sql === null) throw new Error("the expression cannot be written back as SQL");
      return { sql, bound };
    },
  };
}

const NO_VIEWS: RelationViews = { find: () => null, types: new Set() };

const refused = (rule: string, message: string): RestrictOutcome => ({
  kind: "refused",
  reasons: [{ rule, message }],
});

function restrictStatement(
  writer: Writer,
  { sql: own, statement }: { readonly sql: string; readonly statement: AstNode },
  parameterCount: number,
  views: RelationViews,
): RestrictOutcome {
  const { restriction, bound } = createRestriction(writer, parameterCount, views);
  const { ExplainStmt, SelectStmt } = statement as {
    readonly ExplainStmt?: Node;
    readonly SelectStmt?: Node;
  };
  const explained = (ExplainStmt?.query as { readonly SelectStmt?: Node } | undefined)?.SelectStmt;
  const select = SelectStmt ?? explained;
  if (select === undefined)
    return refused("statement_kind", "Only SELECT and EXPLAIN are allowed.");
  restriction.select(select, { names: null, ctes: null });
  if (restriction.missing !== null) return { kind: "missing", table: restriction.missing };
  // A plan shows the filter and the mask themselves, and estimates made from every row.
  if (explained !== undefined && restriction.narrowed)
    restriction.refusals.add(
      "explain_restricted",
      "The plan cannot be shown: it would tell of rows and values that are kept from you.",
    );
  const { reasons } = restriction.refusals;
  if (reasons.length > 0) return { kind: "refused", reasons };
  const sql = writer.rewritten(own, restriction.edits, statement);
  if (sql === null)
    return refused(
      "statement_too_complex",
      "The statement cannot be cut down to what you may see: write it in a simpler way.",
    );
  const { volatile, narrowed } = restriction;
  return { kind: "restricted", sql, bound, volatile, narrowed };
}

function createRestriction(
  writer: Writer,
  parameterCount: number,
  views: RelationViews,
): { restriction: Restriction; bound: readonly string[] } {
  const bound: string[] = [];
  const restriction: Restriction = {
    views,
    refusals: createRefusals(),
    missing: null,
    volatile: false,
    narrowed: false,
    edits: [],
    write: writer.query,
    bind(name) {
      if (!bound.includes(name)) bound.push(name);
      return parameterCount + bound.indexOf(name) + 1;
    },
    select: (select, env, onFirst) => restrictSelect(restriction, select, env, onFirst),
    expression: (node, env, use) => restrictExpression(restriction, node, env, use),
    from: (node, env, scope) => restrictFrom(restriction, node, env, scope),
  };
  return { restriction, bound };
}
