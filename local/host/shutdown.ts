/** The end of a host: running invocations get their grace time, then the app's own clean-up runs. */
import type { HostClock } from "./host-clock.ts";
import { waitOn } from "./host-clock.ts";
import type { HostLog } from "./host-log.ts";
import { errorText } from "./host-log.ts";
import type { Invoker } from "./invocation.ts";

interface Grace {
  readonly clock: HostClock;
  readonly log: HostLog;
  readonly graceMs: number;
}

export interface Drain extends Grace {
  readonly invoker: Pick<Invoker, "running">;
  /** Resolves when nothing runs, and what ran is settled (messages removed, timers recorded). */
  readonly idle: () => Promise<unknown>;
  readonly abort: () => void;
}

/** Lets what runs come to its end; what outlives the grace time is cut off. */
export async function drain({ invoker, idle, clock, log, graceMs, abort }: Drain): Promise<void> {
  if (await within(clock, graceMs, idle())) return;
  log("warning", "Host.Shutdown", `${invoker.running} invocations did not end in ${graceMs} ms.`);
  abort();
}

export interface Termination extends Grace {
  readonly terminate: () => Promise<void>;
}

/** A hook that fails or hangs must not keep the host from closing. */
export async function terminateApp({ clock, log, graceMs, terminate }: Termination): Promise<void> {
  try {
    const ended = await within(clock, graceMs, terminate());
    if (!ended) log("error", "Host.Shutdown", `An appTerminate hook outlived ${graceMs} ms.`);
  } catch (error) {
    log("error", "Host.Shutdown", `An appTerminate hook failed: ${errorText(error)}`);
  }
}

/** Whether the task ended before the time was up. */
async function within(clock: HostClock, limitMs: number, task: Promise<unknown>): Promise<boolean> {
  const done = new AbortController();
  const ended = task.then(() => true).finally(() => done.abort());
  const late = waitOn(clock, limitMs, done.signal).then(() =>
    done.signal.aborted ? ended : false,
  );
  return Promise.race([ended, late]);
}
