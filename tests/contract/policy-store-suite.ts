/** What every PolicyStore promises. */
import { expect, it } from "vitest";
import type { PolicyStore } from "../../shared/policy/ports.ts";
import { grant } from "../support/policy-bench.ts";

/** `open` gives an empty store. */
export function policyStoreSuite(open: () => Promise<PolicyStore>): void {
  const full = grant("Order Items", {
    policyId: "b",
    roles: ["analyst", "auditor"],
    columns: { kind: "deny", names: ['s"sn'] },
    rowFilter: "region = {principal.region} -- 'é'",
    masks: {
      a: { kind: "null", filterable: true },
      b: { kind: "constant", value: 0, filterable: false },
      c: { kind: "hash", filterable: false },
      d: { kind: "partial", keepLast: 4, filterable: false },
    },
    updatedAt: Date.parse("2026-03-01T12:00:00.123Z"),
  });
  const plain = grant("*", { policyId: "a" });

  it("gives back what was put, by id, and says whether it was new", async () => {
    const store = await open();
    expect(await store.put(full)).toBe(true);
    expect(await store.put(plain)).toBe(true);
    expect(await store.list()).toEqual([plain, full]);
  });

  it("replaces all of a policy of the same id", async () => {
    const store = await open();
    await store.put(full);
    const changed = { ...plain, policyId: "b", sourceId: "other" };
    expect(await store.put(changed)).toBe(false);
    expect(await store.list()).toEqual([changed]);
  });

  it("removes a policy once", async () => {
    const store = await open();
    await store.put(plain);
    expect(await store.remove("a")).toBe(true);
    expect(await store.remove("a")).toBe(false);
    expect(await store.list()).toEqual([]);
  });
}
