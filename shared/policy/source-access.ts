/** What one caller may do with one source, worked out once and kept while policies, attributes and schema stay. */
import { LRUCache } from "lru-cache";
import type { SourceSchema } from "../sources/ports.ts";
import type {
  AllowedStatement,
  RelationView,
  RelationViews,
  RestrictOutcome,
} from "../sql/ports.ts";
import { calledNames, refusedCalls } from "./attribute-calls.ts";
import type { EffectivePolicy } from "./effective-policy.ts";
import { findRelation } from "./find-relation.ts";
import { SALT } from "./masks.ts";
import { nameMissing } from "./name-missing.ts";
import type { PolicyDialect, Restricted, SourceAccess } from "./ports.ts";
import { relationView } from "./relation-view.ts";
import { veilError } from "./veil-error.ts";
import { visibleSchema } from "./visible-schema.ts";

/** Rewritten statements kept for each caller's view of a source, in characters of SQL. */
const MEMORY_CHARACTERS = 1_048_576;

export type Cut = Omit<SourceAccess, "session">;

/** Everything of the source, as it is; `dialectOf` is asked where a name may call a function of the source's users. */
export function openAccess(
  schema: SourceSchema,
  fingerprint: string,
  dialectOf: () => PolicyDialect | Promise<PolicyDialect>,
): Cut {
  return {
    fingerprint,
    schema,
    restrict: (sql, allowed) => {
      const whole = asItIs(sql, allowed);
      const called = calledNames(allowed, schema);
      if (called.length === 0) return whole;
      return (async () => {
        const reasons = await refusedCalls(sql, allowed, await dialectOf(), schema, called);
        return reasons.length === 0 ? whole : { kind: "refused", reasons };
      })();
    },
    readable: async (queries) => queries,
    veil: (error, asked) => nameMissing(error, asked, schema),
  };
}

const asItIs = (sql: string, { volatile }: AllowedStatement): Restricted => ({
  kind: "statement",
  sql,
  params: [],
  volatile,
  narrowed: false,
});

/** What the grants add up to, and nothing else. `salt` goes into the hashes of masks. */
export function grantedAccess(
  dialect: PolicyDialect,
  schema: SourceSchema,
  policy: EffectivePolicy,
  salt: string,
): Cut {
  const views = grantedViews(schema, policy, dialect);
  const visible = visibleSchema(schema, views, policy.fingerprint);
  const outcomes = new LRUCache<string, RestrictOutcome>({
    maxSize: MEMORY_CHARACTERS,
    sizeCalculation: (outcome, sql) =>
      sql.length + (outcome.kind === "restricted" ? outcome.sql.length : 1),
  });
  const restrict = async (sql: string, allowed: AllowedStatement): Promise<RestrictOutcome> => {
    const known = outcomes.get(sql);
    if (known !== undefined) return known;
    const outcome = await dialect.restrict(sql, allowed, views);
    outcomes.set(sql, outcome);
    return outcome;
  };
  const values = new Map([...policy.values, [SALT, salt]]);
  const readable = new WeakMap<object, Promise<readonly { readonly sql: string }[]>>();
  const isReadable = async (sql: string): Promise<boolean> => {
    const verdict = await dialect.check(sql);
    return verdict.verdict === "allow" && (await restrict(sql, verdict)).kind === "restricted";
  };
  return {
    fingerprint: policy.fingerprint,
    schema: visible,
    restrict: async (sql, allowed) => answer(await restrict(sql, allowed), allowed, values),
    readable: <T extends { readonly sql: string }>(queries: readonly T[]) => {
      const known = readable.get(queries) as Promise<readonly T[]> | undefined;
      if (known !== undefined) return known;
      const kept = only(queries, ({ sql }) => isReadable(sql));
      readable.set(queries, kept);
      // What failed is asked again.
      kept.catch(() => readable.delete(queries));
      return kept;
    },
    veil: (error, asked) => {
      const named = nameMissing(error, asked, visible);
      // That quotes nothing but the caller's own words, and what the caller sees.
      return named === error ? veilError(error) : named;
    },
  };
}

async function only<T>(list: readonly T[], test: (item: T) => Promise<boolean>): Promise<T[]> {
  const kept: T[] = [];
  for (const item of list) if (await test(item)) kept.push(item);
  return kept;
}

function answer(
  outcome: RestrictOutcome,
  allowed: AllowedStatement,
  values: ReadonlyMap<string, string>,
): Restricted {
  if (outcome.kind !== "restricted") return outcome;
  const { sql, bound, volatile, narrowed } = outcome;
  return {
    kind: "statement",
    sql,
    params: bound.map((name) => values.get(name) ?? null),
    volatile: volatile || allowed.volatile,
    narrowed,
  };
}

function grantedViews(
  schema: SourceSchema,
  policy: EffectivePolicy,
  { expressions, defaultSchema }: PolicyDialect,
): RelationViews {
  const byName = new Map<string, RelationView[]>();
  const tables = new Set(schema.tables.map((table) => table.name));
  const types = new Set<string>();
  for (const table of schema.tables) {
    const grants = policy.grants.filter(
      ({ policy: one }) =>
        one.schema === table.schema && (one.table === "*" || one.table === table.name),
    );
    if (grants.length === 0) continue;
    const view = relationView(table, grants, expressions);
    byName.set(table.name, [...(byName.get(table.name) ?? []), view]);
    const shown = new Set(view.columns.map((column) => column.name));
    for (const column of table.columns)
      if (shown.has(column.name)) types.add(bareType(column.type));
  }
  // A table's row type would show its columns.
  for (const name of tables) types.delete(name);
  return {
    find: (wanted, name) => findRelation(byName.get(name) ?? [], wanted, defaultSchema),
    types,
  };
}

/** `public."Mood"[]` → `mood`. */
function bareType(type: string): string {
  const name = type.replace(/(\(.*\)|\[\])/g, "").trim();
  return name
    .slice(name.lastIndexOf(".") + 1)
    .replaceAll('"', "")
    .toLowerCase();
}
