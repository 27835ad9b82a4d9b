/**
 * `(x).f` and `t.f` call f where there is no such field (PostgreSQL's manual, 8.16.5). A name that is a function of the
 * source's users too is let through only where it is a column for certain: what such a function does is not known.
 */
import type { SourceSchema, TableInfo } from "../sources/ports.ts";
import type { AllowedStatement, RefusalReason, RelationView, RelationViews } from "../sql/ports.ts";
import { findRelation } from "./find-relation.ts";
import type { PolicyDialect } from "./ports.ts";

const functionsOf = new WeakMap<SourceSchema, ReadonlySet<string>>();

/** Those names after a dot that a user has a function of. */
export function calledNames({ attributes = [] }: AllowedStatement, schema: SourceSchema): string[] {
  if (schema.attributeFunctions === undefined) return [];
  const functions = functionsOf.get(schema) ?? new Set(schema.attributeFunctions);
  functionsOf.set(schema, functions);
  return attributes.filter((name) => functions.has(name));
}

/** What the rewriting says of a name that it cannot find among the columns. */
const UNKNOWN = new Set(["unknown_column", "unknown_name"]);
/** It stops counting reasons there. */
const MOST_REASONS = 10;

/** Resolves every name as for a caller under policies, but one who sees all. Empty where each is a column. */
export async function refusedCalls(
  sql: string,
  allowed: AllowedStatement,
  dialect: PolicyDialect,
  schema: SourceSchema,
  called: readonly string[],
): Promise<readonly RefusalReason[]> {
  const outcome = await dialect.restrict(sql, allowed, wholeViews(schema, dialect.defaultSchema));
  if (outcome.kind === "restricted") return [];
  const certain =
    outcome.kind === "refused" &&
    outcome.reasons.length < MOST_REASONS &&
    !outcome.reasons.some(({ rule }) => UNKNOWN.has(rule));
  return certain ? [] : called.map(reason);
}

const reason = (name: string): RefusalReason => ({
  rule: "function_not_allowed",
  message: `The attribute ${name} is not allowed here: it may call a function of the data source's users, and what that does cannot be known.`,
});

function wholeViews({ tables }: SourceSchema, defaultSchema: string): RelationViews {
  return {
    types: new Set(),
    find: (schema, name) => {
      const named = tables.filter((table) => table.name === name);
      const table = findRelation(named, schema, defaultSchema);
      return table === null ? null : wholeView(table);
    },
  };
}

const wholeView = ({ schema, name, columns }: TableInfo): RelationView => ({
  schema,
  name,
  columns: columns.map((column) => ({ name: column.name, value: null, guarded: false })),
  complete: true,
  wholeRows: true,
  filter: null,
  volatile: false,
});
