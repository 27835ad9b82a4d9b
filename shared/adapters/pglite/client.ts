/** The near side of the embedded database's thread: queries by message, exclusive sessions, restart after a kill. */
import { Worker } from "node:worker_threads";
import type { WorkerReply, WorkerRequest, WorkerRows } from "./worker.ts";

export interface EmbeddedError extends Error {
  readonly code?: string;
  readonly position?: string;
}

export interface EmbeddedDatabase {
  /** Runs one statement; callers queue up behind each other, as PGlite has one connection. */
  run(request: Omit<WorkerRequest, "id">): Promise<WorkerRows>;
  /** Gives `work` the connection to itself, for a transaction. */
  exclusively<T>(work: (run: EmbeddedDatabase["run"]) => Promise<T>): Promise<T>;
  /** Ends the thread whatever it is doing; everything waiting fails with `reason`; the next call starts it anew. */
  kill(reason: string): Promise<void>;
  close(): Promise<void>;
}

/** Started from TypeScript in development and tests, from the built file in the bundle. */
const workerUrl = import.meta.url.endsWith(".ts")
  ? new URL("./worker.ts", import.meta.url)
  : new URL("./pglite-worker.mjs", import.meta.url);

const ENDED = "the embedded database's thread ended";

interface Thread {
  readonly worker: Worker;
  readonly ready: Promise<void>;
  readonly waiting: Map<number, { resolve(rows: WorkerRows): void; reject(error: Error): void }>;
}

export function openEmbeddedDatabase(dataDir: string): EmbeddedDatabase {
  let thread: Thread | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  /** Settles when the thread that was killed last has let go of the folder: two must never have it open. */
  let released: Promise<unknown> = Promise.resolve();
  let generation = 0;
  let nextId = 1;

  const retire = (ended: Thread) => {
    if (thread !== ended) return;
    thread = null;
    generation++;
  };
  /** `isOpen` is asked last: what was ended while the thread started must not run on it. */
  const send = async (
    request: Omit<WorkerRequest, "id">,
    isOpen: () => boolean = () => true,
  ): Promise<WorkerRows> => {
    await released;
    if (!isOpen()) throw new Error(ENDED);
    thread ??= startThread(dataDir, retire);
    const current = thread;
    await current.ready;
    if (!isOpen()) throw new Error(ENDED);
    const id = nextId++;
    return new Promise((resolve, reject) => {
      current.waiting.set(id, { resolve, reject });
      current.worker.postMessage({ ...request, id });
    });
  };
  /** A session ends with its thread: the rest of its transaction must not run on the next one. */
  const session = (): EmbeddedDatabase["run"] => {
    const mine = generation;
    return (request) => send(request, () => mine === generation);
  };
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  };
  return {
    run: (request) => inTurn(() => send(request)),
    exclusively: (work) => inTurn(() => work(session())),
    kill: async (reason) => {
      generation++;
      const dying = thread;
      if (dying === null) return;
      thread = null;
      failAll(dying, new Error(reason));
      released = dying.worker.terminate();
      await released;
    },
    close: () =>
      inTurn(async () => {
        await released;
        await closeThread(thread);
      }),
  };
}

function startThread(dataDir: string, onExit: (thread: Thread) => void): Thread {
  const worker = new Worker(workerUrl, { workerData: { dataDir } });
  const waiting: Thread["waiting"] = new Map();
  const { promise: ready, resolve: started, reject: failed } = Promise.withResolvers<void>();
  ready.catch(() => undefined);
  const thread: Thread = { worker, ready, waiting };
  worker.on("message", (message: WorkerReply | "ready" | "closed") => {
    if (message === "ready") started();
    else if (message !== "closed") settle(waiting, message);
  });
  worker.on("error", (cause) => {
    // An error that crossed threads cannot be amended by those who catch it; a new one can.
    const error = new Error(
      `the embedded database in ${dataDir} failed: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
    failed(error);
    failAll(thread, error);
  });
  worker.on("exit", () => {
    const error = new Error(ENDED);
    failed(error);
    failAll(thread, error);
    onExit(thread);
  });
  return thread;
}

function settle(waiting: Thread["waiting"], reply: WorkerReply): void {
  const caller = waiting.get(reply.id);
  waiting.delete(reply.id);
  if (reply.ok) caller?.resolve(reply.result);
  else caller?.reject(Object.assign(new Error(reply.error.message), reply.error));
}

function failAll(thread: Thread, error: Error): void {
  for (const caller of thread.waiting.values()) caller.reject(error);
  thread.waiting.clear();
}

async function closeThread(thread: Thread | null): Promise<void> {
  if (thread === null) return;
  const ended = new Promise<void>((resolve) => thread.worker.once("exit", () => resolve()));
  thread.worker.postMessage("close");
  await ended;
}
