/** The near side of the embedded database's thread: one queue for its one connection, and a new thread after a kill. */
import { Worker } from "node:worker_threads";
import { AppError } from "../../kernel/app-error.ts";
import type { WorkerReply, WorkerRequest, WorkerRows } from "./worker.ts";

export interface EmbeddedError extends Error {
  readonly code?: string;
  readonly position?: string;
  /** By how much WebAssembly's memory has grown since the thread's start. */
  readonly heapGrowthBytes?: number;
}

export interface EmbeddedDatabase {
  /** Settles when a thread can answer; starts one where there is none. @throws Error when it cannot be started. */
  ready(): Promise<void>;
  /** How long threads have been starting until now, in all: what a caller's time limit does not count. */
  startingMs(): number;
  /** Runs one statement; callers queue up behind each other, as PGlite has one connection. */
  run(request: Omit<WorkerRequest, "id">): Promise<WorkerRows>;
  /**
   * Gives `work` the connection to itself, for a transaction. It ends with the thread, whatever `work` waits for.
   * When `leave` aborts, work that waits for its turn never runs, and work that runs ends with its thread; the caller
   * gets the signal's reason. `retire` has the thread replaced after this turn, which gives its memory back.
   * @throws AppError overloaded when too many wait already.
   */
  exclusively<T>(
    work: (run: EmbeddedDatabase["run"], retire: () => void) => Promise<T>,
    leave?: AbortSignal,
  ): Promise<T>;
  /** Ends the thread whatever it runs and starts the next at once; one that is only starting is left alone. */
  kill(reason: string): Promise<void>;
  /** Ends the thread after those who wait; nothing is taken on after it. */
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  /** How many may wait for the connection; without it, any number. */
  readonly maxWaiting?: number;
}

/** Started from TypeScript in development and tests, from the built file in the bundle. */
const workerUrl = import.meta.url.endsWith(".ts")
  ? new URL("./worker.ts", import.meta.url)
  : new URL("./pglite-worker.mjs", import.meta.url);

const ENDED = "the embedded database's thread ended";

export function openEmbeddedDatabase(
  dataDir: string,
  { maxWaiting = Number.POSITIVE_INFINITY }: EmbeddedOptions = {},
): EmbeddedDatabase {
  const threads = keepThread(dataDir);
  const queue = createQueue(threads, maxWaiting);
  return {
    ready: async () => {
      await threads.ready();
    },
    startingMs: threads.startingMs,
    run: (request) => queue.take((run) => run(request)),
    exclusively: queue.take,
    kill: threads.kill,
    close: async () => {
      await queue.end();
      await threads.end();
    },
  };
}

interface Job {
  run(thread: Thread): Promise<void>;
  refuse(error: unknown): void;
}

/** One job at a time, in the order they came. */
function createQueue(threads: Threads, maxWaiting: number) {
  const waiting: Job[] = [];
  let pumping: Promise<void> | null = null;
  let ended = false;
  const pump = async () => {
    while (waiting.length > 0) {
      try {
        const thread = await threads.ready();
        // Whoever came first may have left while the thread started.
        await waiting.shift()?.run(thread);
      } catch (error) {
        for (const job of waiting.splice(0)) job.refuse(error);
      }
    }
    pumping = null;
  };
  const withdraw = (job: Job) => {
    const at = waiting.indexOf(job);
    if (at >= 0) waiting.splice(at, 1);
    return at >= 0;
  };
  return {
    take: async <T>(work: Work<T>, leave?: AbortSignal): Promise<T> => {
      if (ended) throw new Error("the embedded database is closed");
      leave?.throwIfAborted();
      if (waiting.length >= maxWaiting)
        throw new AppError("overloaded", "Too many queries wait for the embedded database.", {
          retryAfterSeconds: 1,
        });
      const { job, done } = createJob(threads, work);
      const onLeave = () => {
        job.refuse(leave?.reason);
        if (!withdraw(job)) void threads.kill("the caller left");
      };
      leave?.addEventListener("abort", onLeave, { once: true });
      waiting.push(job);
      pumping ??= pump();
      return done.finally(() => leave?.removeEventListener("abort", onLeave));
    },
    end: async () => {
      ended = true;
      await pumping;
    },
  };
}

type Work<T> = (run: EmbeddedDatabase["run"], retire: () => void) => Promise<T>;

/** Its session is open for its own turn on its own thread: the rest of a transaction must not run on the next one. */
function createJob<T>(
  threads: Pick<Threads, "kill">,
  work: Work<T>,
): { job: Job; done: Promise<T> } {
  const { promise: done, resolve, reject } = Promise.withResolvers<T>();
  const run = async (thread: Thread) => {
    let open = true;
    let retired = false;
    const send: EmbeddedDatabase["run"] = async (request) => {
      if (!open) throw new Error(ENDED);
      return thread.send(request);
    };
    const retire = () => {
      retired = true;
    };
    try {
      resolve(await Promise.race([work(send, retire), thread.died]));
    } catch (error) {
      reject(error);
    }
    open = false;
    if (retired) await threads.kill("its memory is given back");
  };
  return { job: { run, refuse: reject }, done };
}

interface Thread {
  readonly worker: Worker;
  /** Rejects when the thread is no more. */
  readonly died: Promise<never>;
  send(request: Omit<WorkerRequest, "id">): Promise<WorkerRows>;
  /** Fails whoever waits for an answer, and `died`. */
  fail(error: Error): void;
}

interface Threads {
  ready(): Promise<Thread>;
  startingMs(): number;
  kill(reason: string): Promise<void>;
  end(): Promise<void>;
}

/** At most one thread: starting or live. */
function keepThread(dataDir: string): Threads {
  let live: Thread | null = null;
  let starting: Promise<Thread> | null = null;
  /** Settles when the thread that was killed last has let go of the folder: two must never have it open. */
  let released: Promise<unknown> = Promise.resolve();
  let since: number | null = null;
  let earlierMs = 0;
  let ended = false;

  const start = async () => {
    const began = performance.now();
    since = began;
    try {
      await released;
      const thread = await startThread(dataDir);
      live = thread;
      thread.died.catch(() => {
        if (live === thread) live = null;
      });
      return thread;
    } finally {
      earlierMs += performance.now() - began;
      since = null;
      starting = null;
    }
  };
  const ready = async () => {
    if (live !== null) return live;
    starting ??= start();
    return starting;
  };
  return {
    ready,
    startingMs: () => earlierMs + (since === null ? 0 : performance.now() - since),
    kill: async (reason) => {
      const dying = live;
      if (dying === null) return;
      live = null;
      released = dying.worker.terminate();
      dying.fail(new Error(reason));
      if (!ended) ready().catch(() => undefined);
      await released;
    },
    end: async () => {
      ended = true;
      await starting?.catch(() => undefined);
      await released;
      if (live !== null) await closeThread(live);
    },
  };
}

/** @returns the thread once it can answer. @throws Error when it ended before. */
async function startThread(dataDir: string): Promise<Thread> {
  const worker = new Worker(workerUrl, { workerData: { dataDir } });
  const waiting = new Map<number, PromiseWithResolvers<WorkerRows>>();
  const up = Promise.withResolvers<void>();
  const end = Promise.withResolvers<never>();
  let failure = new Error(ENDED);
  let nextId = 1;
  end.promise.catch(() => undefined);
  const fail = (error: Error) => {
    up.reject(error);
    end.reject(error);
    for (const caller of waiting.values()) caller.reject(error);
    waiting.clear();
  };
  worker.on("message", (message: WorkerReply | "ready" | "closed") => {
    if (message === "ready") up.resolve();
    else if (message !== "closed") {
      const caller = waiting.get(message.id);
      waiting.delete(message.id);
      if (caller !== undefined) settle(caller, message);
    }
  });
  worker.on("error", (cause) => {
    // An error that crossed threads cannot be amended by those who catch it; a new one can.
    failure = new Error(
      `the embedded database in ${dataDir} failed: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    );
  });
  // After an error too: until then the folder is not free for the next thread.
  worker.on("exit", () => fail(failure));
  await up.promise;
  return {
    worker,
    died: end.promise,
    fail,
    send: (request) => {
      const id = nextId++;
      const answer = Promise.withResolvers<WorkerRows>();
      waiting.set(id, answer);
      worker.postMessage({ ...request, id });
      return answer.promise;
    },
  };
}

function settle(caller: PromiseWithResolvers<WorkerRows>, reply: WorkerReply): void {
  if (reply.ok) caller.resolve(reply.result);
  else caller.reject(Object.assign(new Error(reply.error.message), reply.error));
}

async function closeThread(thread: Thread): Promise<void> {
  const gone = thread.died.catch(() => undefined);
  thread.worker.postMessage("close");
  await gone;
}
