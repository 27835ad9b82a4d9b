/** One adapter for many callers: turns, circuit, and the time that waiting took off the time to run. */
import { LRUCache } from "lru-cache";
import type { Clock } from "../kernel/clock.ts";
import { type Circuit, createCircuit, noteFailure } from "./circuit.ts";
import type { ResultStream, SourceAdapter } from "./ports.ts";
import { createTurns, type Turns } from "./turns.ts";

export interface SharedSource {
  /** The adapter as this caller sees it. `caller` is a principal's id. */
  forCaller(caller: string): SourceAdapter;
  close(): Promise<void>;
}

export interface SharedSourceOptions {
  readonly sourceId: string;
  readonly concurrency: number;
  readonly clock: Clock;
}

/** How many may wait for each that runs, and how many of them may be one caller's. */
const WAITING_PER_TURN = 32;
const WAITING_SHARE_PER_CALLER = 1 / 2;
/** Whoever waited this long has lost a good part of his time-out, and others wait behind him. */
const LONGEST_WAIT_MS = 10_000;
const PROBE_LIMIT_MS = 5_000;
/** Whose view of the adapter is kept. */
const MOST_CALLERS = 1_000;

export function shareSource(
  adapter: SourceAdapter,
  { sourceId, concurrency, clock }: SharedSourceOptions,
): SharedSource {
  const maxWaiting = Math.max(64, concurrency * WAITING_PER_TURN);
  const turns = createTurns({
    sourceId,
    concurrency,
    maxWaiting,
    maxWaitingPerCaller: maxWaiting * WAITING_SHARE_PER_CALLER,
  });
  const circuit = createCircuit({
    sourceId,
    clock,
    probe: () => adapter.check(AbortSignal.timeout(PROBE_LIMIT_MS)),
  });
  const base: SourceAdapter = {
    ...adapter,
    introspect: (signal) => circuit.run(() => adapter.introspect(signal)),
    changeTokens: (tables, signal) => circuit.run(() => adapter.changeTokens(tables, signal)),
    check: async (signal) => {
      const check = await adapter.check(signal);
      circuit.note(check.ok ? "answered" : "failed");
      return check;
    },
  };
  const viewOf = (caller: string): SourceAdapter => ({
    ...base,
    execute: (statement, budget, signal) =>
      circuit.run(() =>
        inTurn(turns, { caller, timeoutMs: budget.timeoutMs, signal }, async (end, timeoutMs) =>
          watchEnd(
            await adapter.execute(statement, { ...budget, timeoutMs }, signal),
            end,
            circuit,
          ),
        ),
      ),
    explain: (statement, budget, signal) =>
      circuit.run(() =>
        inTurn(turns, { caller, timeoutMs: budget.timeoutMs, signal }, async (end, timeoutMs) => {
          const plan = await adapter.explain(statement, { ...budget, timeoutMs }, signal);
          end();
          return plan;
        }),
      ),
  });
  const views = new LRUCache<string, SourceAdapter>({ max: MOST_CALLERS, memoMethod: viewOf });
  return {
    forCaller: (caller) => views.memo(caller),
    close: () => adapter.close(),
  };
}

interface Asked {
  readonly caller: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** `work` ends the turn itself, unless it throws. */
async function inTurn<T>(
  turns: Turns,
  { caller, timeoutMs, signal }: Asked,
  work: (end: () => void, leftMs: number) => Promise<T>,
): Promise<T> {
  const came = performance.now();
  const end = await turns.take(caller, Math.min(timeoutMs, LONGEST_WAIT_MS), signal);
  try {
    // Whole, as timers and servers want it.
    return await work(end, Math.max(1, Math.ceil(timeoutMs - (performance.now() - came))));
  } catch (error) {
    end();
    throw error;
  }
}

/** The turn lasts until the last row is read, the stream fails or it is closed. */
function watchEnd(stream: ResultStream, end: () => void, circuit: Circuit): ResultStream {
  return {
    columns: stream.columns,
    read: async () => {
      try {
        const rows = await stream.read();
        if (rows === null) end();
        return rows;
      } catch (error) {
        end();
        noteFailure(error, circuit.note);
        throw error;
      }
    },
    truncated: stream.truncated,
    close: async () => {
      await stream.close();
      end();
    },
  };
}
