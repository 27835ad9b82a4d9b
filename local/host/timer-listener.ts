/** Fires one timer function on its schedule, never twice at once, and catches up on a missed run. */
import { randomUUID } from "node:crypto";
import type { RpcTypedData } from "./core-types.ts";
import type { HostFunction, TimerTrigger } from "./function-catalogue.ts";
import type { HostClock } from "./host-clock.ts";
import type { HostLog } from "./host-log.ts";
import { errorText } from "./host-log.ts";
import type { InvocationCall, InvocationOutcome, Invoker } from "./invocation.ts";
import { traceContext } from "./invocation.ts";
import type { TimerSchedule } from "./timer-schedule.ts";
import { isFasterThanMinutely, parseSchedule } from "./timer-schedule.ts";
import type { ScheduleStatus, TimerState } from "./timer-state.ts";

export interface TimerDeps {
  readonly invoker: Pick<Invoker, "run">;
  readonly clock: HostClock;
  readonly state: TimerState;
  readonly log: HostLog;
}

export interface TimerListener {
  readonly functionName: string;
  start(): Promise<void>;
  /** One run now, outside the schedule: the admin endpoint. */
  runNow(): Promise<InvocationOutcome>;
  stop(): void;
  /** Resolves when the scheduled run under way has ended and is on record. */
  idle(): Promise<void>;
}

/** A delay longer than this is waited for in pieces; setTimeout cannot hold a month. */
const longestWaitMs = 24 * 3_600_000;
/** .NET's `default(DateTimeOffset)`: what the real host reports before the first run. */
const neverRan = "0001-01-01T00:00:00+00:00";

/** Throws when the schedule cannot be read, so that the host refuses to start. */
export function createTimerListener(
  fn: HostFunction<TimerTrigger>,
  deps: TimerDeps,
): TimerListener {
  const schedule = readSchedule(fn);
  const { clock } = deps;
  const monitored = fn.trigger.useMonitor && !isFasterThanMinutely(schedule, clock.now());
  let status = monitored ? deps.state.read(fn.name) : undefined;
  let cancel = () => {};
  let stopped = false;
  let current: Promise<void> = Promise.resolve();

  const record = async (next: ScheduleStatus) => {
    status = next;
    try {
      await deps.state.write(fn.name, next);
    } catch (error) {
      deps.log("error", `Host.Triggers.Timer.${fn.name}`, errorText(error));
    }
  };
  const run = (isPastDue: boolean) => deps.invoker.run(fn, timerCall(fn, status, isPastDue));
  const runScheduled = async (isPastDue: boolean, onStartup: boolean) => {
    const startedAt = clock.now();
    // A tick that fires early by clock skew must not compute the same occurrence again.
    const early = !isPastDue && !onStartup && status?.next ? status.next : startedAt;
    const last = Math.max(startedAt, early);
    await run(isPastDue);
    if (monitored) await record({ last, next: schedule.next(last) ?? null, lastUpdated: last });
  };
  const arm = (afterMs: number) => {
    const due = schedule.next(afterMs);
    if (due === undefined || stopped) return;
    cancel = wakeAt(clock, due, () => {
      current = runScheduled(false, false).then(() => arm(Math.max(clock.now(), due)));
    });
  };
  return {
    functionName: fn.name,
    async start() {
      const now = clock.now();
      const checked = monitored ? checkStatus(schedule, status, now) : undefined;
      if (checked && checked.status !== status) await record(checked.status);
      const isPastDue = checked?.isPastDue ?? false;
      if (!isPastDue && !fn.trigger.runOnStartup) return arm(now);
      if (isPastDue) {
        const message = "Function was past due on startup. Executing now.";
        deps.log("information", `Host.Triggers.Timer.${fn.name}`, message);
      }
      // Not awaited: a long catch-up run must not hold up the start of the others.
      current = runScheduled(isPastDue, true).then(() => arm(clock.now()));
    },
    runNow: () => run(false),
    stop() {
      stopped = true;
      cancel();
    },
    idle: () => current,
  };
}

/** Waits in pieces where the occurrence is far away; the returned function cancels the wait. */
function wakeAt(clock: HostClock, due: number, callback: () => void): () => void {
  let cancel = () => {};
  const wait = () => {
    const remaining = due - clock.now();
    const last = remaining <= longestWaitMs;
    cancel = clock.schedule(last ? callback : wait, Math.min(remaining, longestWaitMs));
  };
  wait();
  return () => cancel();
}

function readSchedule(fn: HostFunction<TimerTrigger>): TimerSchedule {
  try {
    return parseSchedule(fn.trigger.schedule);
  } catch (cause) {
    throw new Error(`Function "${fn.name}": ${(cause as Error).message}`, { cause });
  }
}

/**
 * The real host's past-due rule: the recorded next run lies in the past, and the schedule is
 * still the one that it was recorded for (a changed schedule starts anew and owes nothing).
 */
export function checkStatus(
  schedule: TimerSchedule,
  known: ScheduleStatus | undefined,
  now: number,
): { readonly status: ScheduleStatus; readonly isPastDue: boolean } {
  if (!known) {
    const status = { last: null, next: schedule.next(now) ?? null, lastUpdated: now };
    return { status, isPastDue: false };
  }
  const expected = schedule.next(known.lastUpdated) ?? null;
  if (known.next !== expected) {
    const missed = expected !== null && now > expected;
    const next = missed ? (schedule.next(now) ?? null) : expected;
    const lastUpdated = missed ? now : known.lastUpdated;
    return { status: { last: null, next, lastUpdated }, isPastDue: false };
  }
  return { status: known, isPastDue: known.next !== null && now > known.next };
}

function timerCall(
  fn: HostFunction<TimerTrigger>,
  status: ScheduleStatus | undefined,
  isPastDue: boolean,
): InvocationCall {
  const info = {
    Schedule: { AdjustForDST: true },
    ScheduleStatus: status
      ? {
          Last: status.last === null ? neverRan : new Date(status.last).toISOString(),
          Next: status.next === null ? neverRan : new Date(status.next).toISOString(),
          LastUpdated: new Date(status.lastUpdated).toISOString(),
        }
      : null,
    IsPastDue: isPastDue,
  };
  const data: RpcTypedData = { json: JSON.stringify(info) };
  const invocationId = randomUUID();
  return {
    invocationId,
    input: { name: fn.trigger.bindingName, data },
    triggerMetadata: { timerTrigger: data },
    traceContext: traceContext(invocationId),
  };
}
