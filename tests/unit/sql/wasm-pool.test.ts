/** The parser's instances: one serves statement after statement, and only one that grew far too large is let go. */
import { describe, expect, it } from "vitest";
import { parseInWasm } from "../../../shared/adapters/libpg-query/parse-in-wasm.ts";
import { createWasmPool, type WasmPool } from "../../../shared/adapters/libpg-query/wasm-pool.ts";

const instance = (pool: WasmPool) => {
  const wasm = pool.current();
  if (wasm === null) throw new Error("no instance");
  return wasm;
};

describe("the parser's instances", () => {
  it("keep the one in use from statement to statement", async () => {
    const pool = await createWasmPool();
    const first = instance(pool);
    for (const sql of ["select 1", "select a from b where c = 'd'", "select"]) {
      parseInWasm(instance(pool), sql);
      pool.trim();
    }
    expect(instance(pool)).toBe(first);
  });

  it("let one go whose memory has grown, and have the next at hand", async () => {
    const pool = await createWasmPool();
    const first = instance(pool);
    const fresh = first.HEAPU8.length;
    first._free(first._malloc(fresh + 64 * 1_048_576));
    expect(first.HEAPU8.length).toBeGreaterThan(fresh + 64 * 1_048_576);
    pool.trim();
    const next = instance(pool);
    expect(next).not.toBe(first);
    expect(next.HEAPU8.length).toBe(fresh);
    expect(parseInWasm(next, "select 1").kind).toBe("tree");
  });
});
