/** Snowflake's part of the policies: each table's view written as a query and put at the table's exact place. */
import { quoted } from "../../kernel/identifiers.ts";
import type { PolicyDialect, Probe } from "../../policy/ports.ts";
import { createBinder } from "../binder.ts";
import { createTextExpressions, viewText } from "../policy-text.ts";
import type {
  AllowedStatement,
  RelationView,
  RelationViews,
  RestrictOutcome,
  TableName,
} from "../ports.ts";
import { isNarrowed, missing, refusedPlan, unwritable } from "../restrict-refusals.ts";
import { quoteString } from "./canonical.ts";
import { objection } from "./guarded-columns.ts";
import type { SnowflakeParser } from "./ports.ts";
import { restrictJudged, restrictTables } from "./restrict-tables.ts";
import { readSnowflakeFilter } from "./row-filter.ts";
import { createSnowflakeGuard, judgeSnowflake } from "./snowflake-guard.ts";

const DEFAULT_SCHEMA = "PUBLIC";

const expressions = createTextExpressions({
  bound: (name) => `CAST("{${name}}" AS VARCHAR)`,
  literal: quoteString,
  sha256: (text) => `SHA2(${text}, 256)`,
});

export function createSnowflakeDialect(parser: SnowflakeParser): PolicyDialect {
  const guard = createSnowflakeGuard(parser);
  return {
    defaultSchema: DEFAULT_SCHEMA,
    expressions,
    // A filter's names come as they are stored.
    sameColumn: (one, other) => one === other,
    check: (sql) => guard.check(sql),
    readFilter: (filter) => readSnowflakeFilter(parser, filter),
    restrict: (sql, allowed, views) => restrict(parser, sql, allowed, views),
    probe: (view) => probe(parser, view),
  };
}

/**
 * No condition from outside may be tried before a LIMIT without changing what it keeps, so that none is tried on a row
 * that the filter hides. More rows than any table has.
 */
const FENCE = "LIMIT 1000000000000";

/** Tried as a statement over the table would be. */
function probe(parser: SnowflakeParser, view: RelationView): Probe {
  const { bound, bind } = createBinder(0);
  const table = `${quoted(view.schema)}.${quoted(view.name)}`;
  const made = restrictTables(parser, `SELECT * FROM ${table}`, {
    queryOf: () => viewText(view, FENCE),
    bind,
  });
  if (!made.ok) throw new Error(made.reason);
  return { sql: made.sql, bound };
}

function restrict(
  parser: SnowflakeParser,
  sql: string,
  { parameterCount }: AllowedStatement,
  relations: RelationViews,
): RestrictOutcome {
  const judged = judgeSnowflake(parser, sql);
  if ("verdict" in judged) return unwritable();
  const views = new Set<RelationView>();
  for (const { table } of judged.places) {
    const view = relations.find(table.schema, table.name);
    if (view === null || view.columns.length === 0) return missing(table);
    views.add(view);
  }
  const used = [...views];
  const narrowed = used.some(isNarrowed);
  if (judged.kind === "explain" && narrowed) return refusedPlan();
  const refused = objection(judged, used);
  if (refused !== null) return refused;
  const { bound, bind } = createBinder(parameterCount);
  const queryOf = ({ schema, name }: TableName) => {
    const view = relations.find(schema, name);
    if (view === null) throw new Error("a table of the statement has no view");
    return viewText(view, FENCE);
  };
  const made = restrictJudged(parser, judged, { queryOf, bind });
  if (!made.ok || !readsOnly(parser, made.sql, used)) return unwritable();
  const volatile = used.some((view) => view.volatile);
  return { kind: "restricted", sql: made.sql, bound, volatile, narrowed };
}

/** What is sent is judged as a statement of anybody's, and names no table but those that the views read. */
function readsOnly(parser: SnowflakeParser, sql: string, views: readonly RelationView[]): boolean {
  const judged = judgeSnowflake(parser, sql);
  if ("verdict" in judged) return false;
  return judged.places.every(({ table }) =>
    views.some(({ schema, name }) => table.schema === schema && table.name === name),
  );
}
