/** What one caller may do with one source, worked out once and kept while policies, attributes and schema stay. */
import { LRUCache } from "lru-cache";
import type { SourceSchema, TableInfo } from "../sources/ports.ts";
import type {
  AllowedStatement,
  RelationView,
  RelationViews,
  RestrictOutcome,
  StatementRestrictor,
} from "../sql/ports.ts";
import type { EffectivePolicy } from "./effective-policy.ts";
import { SALT } from "./masks.ts";
import { nearestNames } from "./nearest-names.ts";
import type { Restricted, SourceAccess, StatementGuard } from "./ports.ts";
import { relationView } from "./relation-view.ts";
import { veilError } from "./veil-error.ts";
import { visibleSchema } from "./visible-schema.ts";

export interface AccessDeps {
  readonly restrictor: StatementRestrictor;
  readonly guard: StatementGuard;
}

/** Rewritten statements kept for each caller's view of a source, in characters of SQL. */
const MEMORY_CHARACTERS = 1_048_576;

export type Cut = Omit<SourceAccess, "session">;

/** Everything of the source, as it is. */
export function openAccess(schema: SourceSchema, fingerprint: string): Cut {
  return {
    fingerprint,
    schema,
    restrict: (sql, allowed) => ({
      kind: "statement",
      sql,
      params: [],
      volatile: allowed.volatile,
      narrowed: false,
    }),
    readable: (queries) => queries,
    veil: (error) => error,
  };
}

/** What the grants add up to, and nothing else. `salt` goes into the hashes of masks. */
export function grantedAccess(
  deps: AccessDeps,
  schema: SourceSchema,
  policy: EffectivePolicy,
  salt: string,
): Cut {
  const views = grantedViews(schema, policy);
  const visible = visibleSchema(schema, views, policy.fingerprint);
  const outcomes = new LRUCache<string, RestrictOutcome>({
    maxSize: MEMORY_CHARACTERS,
    sizeCalculation: (outcome, sql) =>
      sql.length + (outcome.kind === "restricted" ? outcome.sql.length : 1),
  });
  const restrict = (sql: string, allowed: AllowedStatement): RestrictOutcome => {
    const known = outcomes.get(sql);
    if (known !== undefined) return known;
    const outcome = deps.restrictor.restrict(sql, allowed, views);
    outcomes.set(sql, outcome);
    return outcome;
  };
  const values = new Map([...policy.values, [SALT, salt]]);
  const readable = new WeakMap<object, readonly { readonly sql: string }[]>();
  return {
    fingerprint: policy.fingerprint,
    schema: visible,
    restrict: (sql, allowed) => answer(restrict(sql, allowed), allowed, values, visible),
    readable: <T extends { readonly sql: string }>(queries: readonly T[]) => {
      const known = readable.get(queries) as readonly T[] | undefined;
      if (known !== undefined) return known;
      const kept = queries.filter(({ sql }) => {
        const verdict = deps.guard.check(sql);
        return verdict.verdict === "allow" && restrict(sql, verdict).kind === "restricted";
      });
      readable.set(queries, kept);
      return kept;
    },
    veil: veilError,
  };
}

function answer(
  outcome: RestrictOutcome,
  allowed: AllowedStatement,
  values: ReadonlyMap<string, string>,
  visible: SourceSchema,
): Restricted {
  if (outcome.kind === "refused") return outcome;
  if (outcome.kind === "missing") {
    const nearest = nearestNames(outcome.table.name, visible.tables.map(shownName));
    return { ...outcome, nearest };
  }
  const { sql, bound, volatile, narrowed } = outcome;
  return {
    kind: "statement",
    sql,
    params: bound.map((name) => values.get(name) ?? null),
    volatile: volatile || allowed.volatile,
    narrowed,
  };
}

const shownName = ({ schema, name }: TableInfo): string =>
  schema === "public" ? name : `${schema}.${name}`;

function grantedViews(schema: SourceSchema, policy: EffectivePolicy): RelationViews {
  const byName = new Map<string, RelationView[]>();
  const tables = new Set(schema.tables.map((table) => table.name));
  const types = new Set<string>();
  for (const table of schema.tables) {
    const grants = policy.grants.filter(
      ({ policy: one }) =>
        one.schema === table.schema && (one.table === "*" || one.table === table.name),
    );
    if (grants.length === 0) continue;
    const view = relationView(table, grants);
    byName.set(table.name, [...(byName.get(table.name) ?? []), view]);
    const shown = new Set(view.columns.map((column) => column.name));
    for (const column of table.columns)
      if (shown.has(column.name)) types.add(bareType(column.type));
  }
  // A table's row type would show its columns.
  for (const name of tables) types.delete(name);
  return { find: (wanted, name) => find(byName.get(name) ?? [], wanted), types };
}

/** `public."Mood"[]` → `mood`. */
function bareType(type: string): string {
  const name = type.replace(/(\(.*\)|\[\])/g, "").trim();
  return name
    .slice(name.lastIndexOf(".") + 1)
    .replaceAll('"', "")
    .toLowerCase();
}

/** An unqualified name means the table in `public`, or the only one of that name. */
function find(views: readonly RelationView[], schema: string | null): RelationView | null {
  if (schema !== null) return views.find((view) => view.schema === schema) ?? null;
  const inPublic = views.find((view) => view.schema === "public");
  return inPublic ?? (views.length === 1 ? (views[0] ?? null) : null);
}
