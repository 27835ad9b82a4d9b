/** Runs a function outside its trigger: the admin endpoint, the embedding program, warm-up at start. */
import { randomUUID } from "node:crypto";
import type { HostFunction, QueueTrigger } from "./function-catalogue.ts";
import { ofTrigger } from "./function-catalogue.ts";
import type { InvocationOutcome, Invoker } from "./invocation.ts";
import { traceContext } from "./invocation.ts";
import { queueCall } from "./queue-message.ts";
import type { TimerListener } from "./timer-listener.ts";

export interface ManualRunDeps {
  readonly functions: readonly HostFunction[];
  readonly timers: readonly TimerListener[];
  readonly invoker: Pick<Invoker, "run">;
}

export type ManualRun = (functionName: string, input?: string) => Promise<void>;

/** Rejects for an unknown name, for an HTTP function, and with what the handler threw. */
export function createManualRuns(deps: ManualRunDeps): ManualRun {
  return async (functionName, input = "") => {
    const lower = functionName.toLowerCase();
    const fn = deps.functions.find((candidate) => candidate.name.toLowerCase() === lower);
    if (!fn) throw new Error(`There is no function "${functionName}".`);
    const outcome = await runOnce(fn, input, deps);
    if (outcome.kind === "failed") throw outcome.error;
  };
}

function runOnce(fn: HostFunction, input: string, deps: ManualRunDeps): Promise<InvocationOutcome> {
  switch (fn.trigger.type) {
    case "http":
      throw new Error(`Function "${fn.name}" is called through its route.`);
    case "timer": {
      const timer = deps.timers.find((candidate) => candidate.functionName === fn.name);
      if (!timer) throw new Error(`Function "${fn.name}" has no timer.`);
      return timer.runNow();
    }
    case "queue":
      return deps.invoker.run(fn, queueCall(fn as HostFunction<QueueTrigger>, undefined, input));
    case "warmup": {
      const invocationId = randomUUID();
      return deps.invoker.run(fn, {
        invocationId,
        input: { name: fn.trigger.bindingName, data: { json: "{}" } },
        triggerMetadata: {},
        traceContext: traceContext(invocationId),
      });
    }
  }
}

/** Once per start and before the first request; a failure is logged and does not stop the host. */
export async function runWarmups(
  functions: readonly HostFunction[],
  run: ManualRun,
): Promise<void> {
  for (const { name } of ofTrigger(functions, "warmup")) await run(name).catch(() => {});
}
