/** The real policy engine over policies in memory, and short ways to write policies and principals. */
import { createLibpgParser } from "../../shared/adapters/libpg-query/libpg-parser.ts";
import { createMemoryPolicyStore } from "../../shared/adapters/memory/policy-store.ts";
import { openPolicyDialects } from "../../shared/compose-policies.ts";
import type { Principal } from "../../shared/kernel/context.ts";
import { createPolicyEngine } from "../../shared/policy/policy-engine.ts";
import { createPolicyMemory } from "../../shared/policy/policy-memory.ts";
import type { Policy } from "../../shared/policy/ports.ts";
import { createSqlGuard } from "../../shared/sql/sql-guard.ts";
import { manualClock } from "./call-context.ts";

export const SALT_OF_TESTS = "salt";

export async function openPolicies(policies: readonly Policy[] = []) {
  const parser = await createLibpgParser();
  const store = createMemoryPolicyStore();
  for (const one of policies) await store.put(one);
  const clock = manualClock();
  const memory = createPolicyMemory({ store, clock });
  const tools = { parser, guard: createSqlGuard(parser) };
  const dialects = openPolicyDialects(parser);
  const saltOf = () => SALT_OF_TESTS;
  const engine = createPolicyEngine({ dialects, policies: memory, saltOf });
  return { engine, store, memory, clock, tools, dialects };
}

let count = 0;

/** A grant of `public.<table>` to the role `analyst`. */
export const grant = (table: string, part: Partial<Policy> = {}): Policy => ({
  policyId: `p${String(++count).padStart(4, "0")}`,
  sourceId: "s",
  roles: ["analyst"],
  schema: "public",
  table,
  columns: null,
  rowFilter: null,
  masks: {},
  updatedAt: 0,
  updatedBy: "key:test",
  ...part,
});

export const principal = (part: Partial<Principal> = {}): Principal => ({
  id: "key:k",
  owner: "alice",
  permissions: new Set(["query:run"]),
  roles: ["analyst"],
  sources: "all",
  attributes: {},
  expiresAt: null,
  ...part,
});
