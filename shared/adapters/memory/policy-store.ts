/** Policies in memory, for tests and for a platform without a database of its own. */
import type { Policy, PolicyStore } from "../../policy/ports.ts";

export function createMemoryPolicyStore(): PolicyStore {
  const policies = new Map<string, Policy>();
  return {
    list: async () => [...policies.values()].sort((a, b) => (a.policyId < b.policyId ? -1 : 1)),
    put: async (policy) => {
      const created = !policies.has(policy.policyId);
      policies.set(policy.policyId, policy);
      return created;
    },
    remove: async (policyId) => policies.delete(policyId),
  };
}
