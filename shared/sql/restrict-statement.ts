/** Rewrites an allowed statement so that it reads only what its caller may see, and proves the text to be that tree. */
import { createBinder } from "./binder.ts";
import { type ParsedStatement, takeParsed } from "./parsed-statement.ts";
import type { RelationViews, RestrictOutcome, SqlParser, StatementRestrictor } from "./ports.ts";
import { createRefusals } from "./refusals.ts";
import { restrictExpression } from "./restrict-expression.ts";
import { restrictFrom } from "./restrict-from.ts";
import { restrictSelect } from "./restrict-select.ts";
import type { Node, Restriction } from "./restriction.ts";
import { createWriter, type Writer } from "./rewritten-text.ts";
import { createViewMemory, type ViewMemory } from "./view-memory.ts";
import { viewQuery } from "./view-subquery.ts";

export function createStatementRestrictor(parser: SqlParser): StatementRestrictor {
  const writer = createWriter(parser);
  const shownAs = createViewMemory(writer.query);
  return {
    restrict(sql, allowed, views) {
      const own = takeParsed(allowed, sql) ?? parsedAgain(parser, sql);
      if (own === null)
        return refused("statement_too_complex", "The statement cannot be read again.");
      const work = createRestriction(writer, shownAs, allowed.parameterCount, views);
      try {
        return restrictStatement(writer, own, work);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return refused("statement_too_complex", "The statement is nested too deeply.");
      } finally {
        work.undo();
      }
    },
    probe(view) {
      const { restriction, bound } = createRestriction(writer, shownAs, 0, NO_VIEWS);
      const sql = writer.whole({ SelectStmt: viewQuery(restriction, view) });
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

function parsedAgain(parser: SqlParser, sql: string): ParsedStatement | null {
  const parsed = parser.parse(sql);
  const statement = parsed.kind === "parsed" ? parsed.statements[0] : undefined;
  return parsed.kind !== "parsed" || statement === undefined
    ? null
    : { sql, statement, text: parsed.text };
}

function restrictStatement(
  writer: Writer,
  own: ParsedStatement,
  { restriction, bound }: Work,
): RestrictOutcome {
  const { statement } = own;
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

interface Work {
  readonly restriction: Restriction;
  readonly bound: readonly string[];
  /** Gives the tree back as it was: the guard may still be asked for it. */
  undo(): void;
}

function createRestriction(
  writer: Writer,
  shownAs: ViewMemory,
  parameterCount: number,
  views: RelationViews,
): Work {
  const { bound, bind } = createBinder(parameterCount);
  const changes: { node: Node; field: string; was: unknown }[] = [];
  const restriction: Restriction = {
    views,
    refusals: createRefusals(),
    missing: null,
    volatile: false,
    narrowed: false,
    edits: [],
    shown: (view) => shownAs(restriction, view),
    named: ({ schema, name }) => writer.name(schema, name),
    put(node, field, value) {
      changes.push({ node, field, was: node[field] });
      node[field] = value;
    },
    bind,
    select: (select, env, onFirst) => restrictSelect(restriction, select, env, onFirst),
    expression: (node, env, use) => restrictExpression(restriction, node, env, use),
    from: (node, env, scope) => restrictFrom(restriction, node, env, scope),
  };
  const undo = (): void => {
    for (const { node, field, was } of changes.reverse()) node[field] = was;
  };
  return { restriction, bound, undo };
}
