/** A source's policies and a principal → the grants that hold for it, with a fingerprint of all that decides an answer. */
import { canonicalJson, type Json } from "../kernel/canonical-json.ts";
import type { Principal } from "../kernel/context.ts";
import { sha256Hex } from "../kernel/digest.ts";
import type { AstNode } from "../sql/ports.ts";
import type { Policy, PolicyDialect } from "./ports.ts";
import type { Grant } from "./relation-view.ts";
import { attributeValue, type FilterOutcome } from "./row-filter.ts";

export interface EffectivePolicy {
  readonly fingerprint: string;
  readonly grants: readonly Grant[];
  /** What is bound, by the name of the bound value. */
  readonly values: ReadonlyMap<string, string>;
}

export const UNRESTRICTED = "unrestricted";

/** A dialect with its reading of row filters, which may be remembered. */
export interface FilterReader {
  readonly dialect: PolicyDialect;
  readonly compile: (filter: string) => Promise<FilterOutcome>;
}

/** The attributes every principal has, and its own. */
export function attributesOf(principal: Principal): Readonly<Record<string, string>> {
  return { ...principal.attributes, id: principal.id, owner: principal.owner };
}

/**
 * Null for whoever is not restricted: an admin, or anybody where a source has no policy. `compile` reads a row
 * filter; one that cannot be read any more grants no row.
 */
export async function effectivePolicy(
  policies: readonly Policy[],
  principal: Principal,
  { dialect, compile }: FilterReader,
): Promise<EffectivePolicy | null> {
  if (policies.length === 0 || principal.permissions.has("admin")) return null;
  const held = policies.filter((policy) =>
    policy.roles.some((role) => principal.roles.includes(role)),
  );
  const attributes = attributesOf(principal);
  const values = new Map<string, string>();
  const grants: Grant[] = [];
  for (const policy of held) {
    const outcome = policy.rowFilter === null ? null : await compile(policy.rowFilter);
    grants.push(toGrant(policy, attributes, values, { outcome, never: dialect.expressions.never }));
  }
  const fingerprint = sha256Hex(canonicalJson([grants.map(contentOf), [...values].sort()]));
  return { fingerprint: fingerprint.slice(0, 32), grants, values };
}

/** A missing attribute matches no row, whatever the filter makes of null. */
function toGrant(
  policy: Policy,
  attributes: Readonly<Record<string, string>>,
  values: Map<string, string>,
  { outcome, never }: { readonly outcome: FilterOutcome | null; readonly never: AstNode },
): Grant {
  if (outcome === null) return { policy, rows: null, volatile: false };
  const known =
    outcome.kind === "filter" &&
    outcome.filter.attributes.every((name) => Object.hasOwn(attributes, name));
  if (!known) return { policy, rows: never, volatile: false };
  const { filter } = outcome;
  for (const name of filter.attributes) values.set(attributeValue(name), attributes[name] ?? "");
  return { policy, rows: filter.expression, volatile: filter.volatile };
}

/** What of a grant decides an answer: not its name, nor when it was written. */
function contentOf({ policy, rows }: Grant): Json {
  const { schema, table, columns, masks } = policy;
  return [schema, table, columns, masks, rows] as unknown as Json;
}
