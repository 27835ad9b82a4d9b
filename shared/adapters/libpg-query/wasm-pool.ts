/** Keeps a healthy libpg-query WASM instance at hand: one in use, spares behind it. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { PgQueryWasm } from "libpg-query/wasm/libpg-query.js";

/**
 * A trap (a stack that ran over while a deep tree was written) leaves the instance's own stack pointer where it was:
 * measured, some forty of them kill an instance for good. So an instance that trapped is never used again.
 * A spare is made in microtasks from the compiled module (no I/O, about a millisecond), so a few are enough.
 */
const SPARES = 3;

/**
 * WASM memory never shrinks; an instance that one monstrous statement blew up is let go. Measured from what a fresh
 * instance has, which is up to the package (128 MiB in 18.1): a limit below that would make a new one for every text.
 */
const MAX_GROWTH_BYTES = 64 * 1024 * 1024;

export interface WasmPool {
  /** The instance to use now; null in the rare moment when every spare has been spent within one turn. */
  current(): PgQueryWasm | null;
  /** Throws the current instance away and puts a spare in its place. */
  discard(): void;
  /** Lets the current instance go if it has grown too large and every spare is ready. */
  trim(): void;
}

async function readWasm(): Promise<Uint8Array<ArrayBuffer>> {
  // A bundle carries the file beside itself; in the source tree it is where npm put it.
  const besideBundle = new URL("./libpg-query.wasm", import.meta.url);
  const bytes = await readFile(besideBundle).catch(() =>
    readFile(createRequire(import.meta.url).resolve("libpg-query/wasm/libpg-query.wasm")),
  );
  return new Uint8Array(bytes);
}

export async function createWasmPool(): Promise<WasmPool> {
  const [{ default: createInstance }, compiled] = await Promise.all([
    import("libpg-query/wasm/libpg-query.js"),
    readWasm().then((bytes) => WebAssembly.compile(bytes)),
  ]);

  const spawn = (): Promise<PgQueryWasm> =>
    createInstance({
      instantiateWasm(imports, receive) {
        receive(new WebAssembly.Instance(compiled, imports), compiled);
        return {};
      },
    });

  const spares: PgQueryWasm[] = [];
  let active: PgQueryWasm | null = await spawn();
  const maxBytes = active.HEAPU8.length + MAX_GROWTH_BYTES;
  let refilling = false;

  const refill = async (): Promise<void> => {
    if (refilling) return;
    refilling = true;
    try {
      while (spares.length < SPARES || active === null) {
        const fresh = await spawn();
        if (active === null) active = fresh;
        else spares.push(fresh);
      }
    } finally {
      refilling = false;
    }
  };
  await refill();

  const discard = (): void => {
    active = spares.pop() ?? null;
    // A failed spawn (out of memory) is tried again at the next call of current().
    refill().catch(() => {});
  };

  return {
    current() {
      if (active === null) refill().catch(() => {});
      return active;
    },
    discard,
    trim() {
      if (active !== null && active.HEAPU8.length > maxBytes && spares.length === SPARES) discard();
    },
  };
}
