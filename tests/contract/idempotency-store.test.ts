/** What the IdempotencyStore promises, on both databases: one first, whoever asks and however often. */
// covers: HTTP-08
import { expect, it } from "vitest";
import { createIdempotencyStore } from "../../shared/adapters/metadata/idempotency-store.ts";
import { onBothDatabases } from "../support/on-both-databases.ts";

const T0 = Date.parse("2026-03-01T12:00:00.000Z");
const LEASE = 1_000;
const reply = { status: 201, headers: { "content-type": "application/json" }, body: '{"a":1}' };

onBothDatabases("IdempotencyStore", (db) => {
  const store = () => createIdempotencyStore(db());
  const claim = (key: string, now = T0, digest = "body") => store().claim(key, digest, now, LEASE);
  const kinds = async (key: string, now: number) => {
    const all = await Promise.all(Array.from({ length: 20 }, () => claim(key, now)));
    return all.map((one) => one.kind).sort();
  };
  const oneFirst = ["first", ...Array<string>(19).fill("in_progress")];

  it("lets one of 20 parallel claims be the first", async () => {
    expect(await kinds("race", T0)).toEqual(oneFirst);
  });

  it("lets one of 20 be the first again once the first one's lease is over, and not before", async () => {
    await claim("lease");
    expect((await claim("lease", T0 + LEASE)).kind).toBe("in_progress");
    expect(await kinds("lease", T0 + LEASE + 1)).toEqual(oneFirst);
    expect((await claim("lease", T0 + 2 * LEASE)).kind).toBe("in_progress");
  });

  it("tells another request with the same key apart, running, expired and done", async () => {
    await claim("other");
    for (const now of [T0, T0 + 10 * LEASE])
      expect((await claim("other", now, "another body")).kind).toBe("other_request");
    await store().complete("other", reply);
    expect((await claim("other", T0, "another body")).kind).toBe("other_request");
  });

  it("gives every repeat the first answer, whenever within a day", async () => {
    await claim("done");
    await store().complete("done", reply);
    for (const now of [T0, T0 + 100 * LEASE, T0 + 86_400_000])
      expect(await claim("done", now)).toEqual({ kind: "done", reply });
    expect((await claim("done", T0 + 86_400_001)).kind).toBe("first");
  });

  it("keeps no answer where none was given", async () => {
    await claim("secret");
    await store().complete("secret", null);
    expect(await claim("secret")).toEqual({ kind: "done", reply: null });
  });

  it("is free again after a failure, and a finished claim is not given back", async () => {
    await claim("failed");
    await store().release("failed");
    expect((await claim("failed")).kind).toBe("first");
    await store().complete("failed", reply);
    await store().release("failed");
    expect((await claim("failed")).kind).toBe("done");
  });
});
