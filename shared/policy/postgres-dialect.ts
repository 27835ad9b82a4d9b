/** PostgreSQL's part of the policies: expressions as its parser's trees, statements rewritten by its restrictor. */
import type { SqlParser, StatementRestrictor } from "../sql/ports.ts";
import { anyOf, boolean, column, when } from "./expressions.ts";
import { masked, nullOf } from "./masks.ts";
import type { PolicyDialect, StatementGuard } from "./ports.ts";
import { readPostgresFilter } from "./row-filter.ts";

export interface PostgresTools {
  readonly parser: SqlParser;
  readonly guard: StatementGuard;
  readonly restrictor: StatementRestrictor;
}

export function createPostgresDialect(tools: PostgresTools): PolicyDialect {
  return {
    defaultSchema: "public",
    expressions: { never: boolean(false), column, nullOf, masked, anyOf, choose: when },
    sameColumn: (one, other) => one === other,
    check: (sql) => tools.guard.check(sql),
    readFilter: (filter) => readPostgresFilter(tools, filter),
    restrict: (sql, allowed, views) => tools.restrictor.restrict(sql, allowed, views),
    probe: (view) => tools.restrictor.probe(view),
  };
}
