/** From a principal and a source to what it may do there; remembers what it worked out. */
import { LRUCache } from "lru-cache";
import { canonicalJson } from "../kernel/canonical-json.ts";
import type { Principal } from "../kernel/context.ts";
import { sha256Hex } from "../kernel/digest.ts";
import type { SourceRecord, SourceSchema } from "../sources/ports.ts";
import type { SqlParser } from "../sql/ports.ts";
import {
  attributesOf,
  type EffectivePolicy,
  effectivePolicy,
  UNRESTRICTED,
} from "./effective-policy.ts";
import type { Policy, PolicyEngine, PolicyMemory, SourceAccess } from "./ports.ts";
import { compileRowFilter, type FilterOutcome } from "./row-filter.ts";
import { type AccessDeps, type Cut, grantedAccess, openAccess } from "./source-access.ts";

export interface EngineDeps extends AccessDeps {
  readonly parser: SqlParser;
  readonly policies: Pick<PolicyMemory, "forSource">;
  /** The secret that the hashes of a source's masks are salted with. */
  readonly saltOf: (sourceId: string) => string;
}

const FILTERS = 1_000;
/** Views of one schema that are kept: callers who see the same share one. */
const VIEWS = 200;

/** A source whose dialect cannot be rewritten shows nothing to whoever is restricted. */
const CLOSED: EffectivePolicy = { fingerprint: "closed", grants: [], values: new Map() };

export function createPolicyEngine(deps: EngineDeps): PolicyEngine {
  const compile = memoiseFilters(deps);
  const effective = memoiseEffective(compile);
  const cuts = new WeakMap<SourceSchema, LRUCache<string, Cut>>();
  const cutOf = (sourceId: string, schema: SourceSchema, policy: EffectivePolicy | null): Cut => {
    const known = cuts.get(schema) ?? new LRUCache<string, Cut>({ max: VIEWS });
    cuts.set(schema, known);
    const key = policy?.fingerprint ?? UNRESTRICTED;
    const cut =
      known.get(key) ??
      (policy === null
        ? openAccess(schema, UNRESTRICTED)
        : grantedAccess(deps, schema, policy, deps.saltOf(sourceId)));
    known.set(key, cut);
    return cut;
  };
  return {
    access: async ({ record, adapter }, principal, schema) => {
      const policies = await deps.policies.forSource(record.sourceId);
      const policy = effective(policies, principal);
      const speaks = adapter.dialect === "postgres";
      const cut = cutOf(record.sourceId, schema, policy === null || speaks ? policy : CLOSED);
      return withSession(cut, record, principal);
    },
  };
}

function memoiseFilters(deps: Pick<EngineDeps, "parser" | "guard">) {
  const filters = new LRUCache<string, FilterOutcome>({ max: FILTERS });
  return (text: string): FilterOutcome => {
    const outcome = filters.get(text) ?? compileRowFilter(deps, text);
    filters.set(text, outcome);
    return outcome;
  };
}

type Effective = (policies: readonly Policy[], principal: Principal) => EffectivePolicy | null;

/** The policies of a source are the same array, and a caller the same object, for seconds at a time. */
function memoiseEffective(compile: (filter: string) => FilterOutcome): Effective {
  const memory = new WeakMap<
    readonly Policy[],
    WeakMap<Principal, { policy: EffectivePolicy | null }>
  >();
  return (policies, principal) => {
    const byPrincipal = memory.get(policies) ?? new WeakMap();
    memory.set(policies, byPrincipal);
    const known = byPrincipal.get(principal) ?? {
      policy: effectivePolicy(policies, principal, compile),
    };
    byPrincipal.set(principal, known);
    return known.policy;
  };
}

/** A source with row rules of its own answers by the attributes it is told, so they are part of who shares an answer. */
function withSession(cut: Cut, source: SourceRecord, principal: Principal): SourceAccess {
  if (source.config.pass_attributes !== true) return { ...cut, session: null };
  const session = attributesOf(principal);
  const fingerprint = sha256Hex(canonicalJson([cut.fingerprint, session])).slice(0, 32);
  return { ...cut, fingerprint, session };
}
