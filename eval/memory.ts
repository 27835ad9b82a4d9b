/** What the engine takes of memory: the weights and all it keeps after its first question. */
import type { AskEngine } from "../shared/ask/ports.ts";

export interface MemoryUse {
  /** Resident after the first question, over what was resident before: code, heap, typed arrays and WebAssembly's memory. */
  readonly engineBytes: number;
  readonly firstQuestionMs: number;
}

/** Run node with --expose-gc; without it, what is to be collected counts too. */
export async function measureMemory(create: () => AskEngine): Promise<MemoryUse> {
  const before = kept();
  const began = performance.now();
  const engine = create();
  await engine.ask({
    question: "how many things are there",
    schema: {
      version: "one",
      tables: [
        {
          schema: "public",
          name: "things",
          kind: "table",
          columns: [{ name: "thing_id", type: "integer", nullable: false }],
          primaryKey: ["thing_id"],
          foreignKeys: [],
        },
      ],
    },
    examples: [],
    now: 0,
  });
  const firstQuestionMs = performance.now() - began;
  return { engineBytes: kept() - before, firstQuestionMs };
}

function kept(): number {
  globalThis.gc?.();
  // Resident, since WebAssembly reserves far more than it touches.
  return process.memoryUsage.rss();
}
