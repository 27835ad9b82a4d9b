/** From a principal and a source to what it may do there; remembers what it worked out. */
import { LRUCache } from "lru-cache";
import { canonicalJson } from "../kernel/canonical-json.ts";
import type { Principal } from "../kernel/context.ts";
import { sha256Hex } from "../kernel/digest.ts";
import type { SourceRecord, SourceSchema } from "../sources/ports.ts";
import {
  attributesOf,
  type EffectivePolicy,
  effectivePolicy,
  type FilterReader,
  UNRESTRICTED,
} from "./effective-policy.ts";
import type {
  Policy,
  PolicyDialect,
  PolicyDialects,
  PolicyEngine,
  PolicyMemory,
  SourceAccess,
} from "./ports.ts";
import { compileRowFilter, type FilterOutcome } from "./row-filter.ts";
import { type Cut, grantedAccess, openAccess } from "./source-access.ts";

export interface EngineDeps {
  readonly dialects: PolicyDialects;
  readonly policies: Pick<PolicyMemory, "forSource">;
  /** The secret that the hashes of a source's masks are salted with. */
  readonly saltOf: (sourceId: string) => string;
}

const FILTERS = 1_000;
/** Views of one schema that are kept: callers who see the same share one. */
const VIEWS = 200;

export function createPolicyEngine(deps: EngineDeps): PolicyEngine {
  const readers = memoiseReaders();
  const effective = memoiseEffective();
  const cuts = new WeakMap<SourceSchema, LRUCache<string, Cut>>();
  const cutOf = (
    sourceId: string,
    dialect: PolicyDialect,
    schema: SourceSchema,
    policy: EffectivePolicy,
  ): Cut => {
    const known = cuts.get(schema) ?? new LRUCache<string, Cut>({ max: VIEWS });
    cuts.set(schema, known);
    const cut =
      known.get(policy.fingerprint) ??
      grantedAccess(dialect, schema, policy, deps.saltOf(sourceId));
    known.set(policy.fingerprint, cut);
    return cut;
  };
  return {
    access: async ({ record, adapter }, principal, schema) => {
      const policies = await deps.policies.forSource(record.sourceId);
      const dialectOf = () => deps.dialects.of(adapter.dialect);
      const whole = () => openAccess(schema, UNRESTRICTED, dialectOf);
      // Before a parser is loaded that a source without policies does not need.
      if (policies.length === 0) return withSession(whole(), record, principal);
      const dialect = await dialectOf();
      const policy = await effective(policies, principal, readers(dialect));
      const cut = policy === null ? whole() : cutOf(record.sourceId, dialect, schema, policy);
      return withSession(cut, record, principal);
    },
  };
}

/** One memory of read filters for each dialect: the same text means another thing in each. */
function memoiseReaders(): (dialect: PolicyDialect) => FilterReader {
  const readers = new WeakMap<PolicyDialect, FilterReader>();
  return (dialect) => {
    const known = readers.get(dialect);
    if (known !== undefined) return known;
    const filters = new LRUCache<string, FilterOutcome>({ max: FILTERS });
    const reader: FilterReader = {
      dialect,
      compile: async (text) => {
        const outcome = filters.get(text) ?? (await compileRowFilter(dialect.readFilter, text));
        filters.set(text, outcome);
        return outcome;
      },
    };
    readers.set(dialect, reader);
    return reader;
  };
}

type Effective = (
  policies: readonly Policy[],
  principal: Principal,
  reader: FilterReader,
) => Promise<EffectivePolicy | null>;

/** The policies of a source are the same array, and a caller the same object, for seconds at a time. */
function memoiseEffective(): Effective {
  const memory = new WeakMap<
    readonly Policy[],
    WeakMap<Principal, Promise<EffectivePolicy | null>>
  >();
  return (policies, principal, reader) => {
    const byPrincipal = memory.get(policies) ?? new WeakMap();
    memory.set(policies, byPrincipal);
    const known = byPrincipal.get(principal) ?? effectivePolicy(policies, principal, reader);
    byPrincipal.set(principal, known);
    known.catch(() => byPrincipal.delete(principal));
    return known;
  };
}

/** A source with row rules of its own answers by the attributes it is told, so they are part of who shares an answer. */
function withSession(cut: Cut, source: SourceRecord, principal: Principal): SourceAccess {
  if (source.config.pass_attributes !== true) return { ...cut, session: null };
  const session = attributesOf(principal);
  const fingerprint = sha256Hex(canonicalJson([cut.fingerprint, session])).slice(0, 32);
  return { ...cut, fingerprint, session };
}
