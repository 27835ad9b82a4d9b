/** A query's life at the peer: it runs, may be asked for again while it does, is cancelled or times out, and has a result. */
import { randomUUID } from "node:crypto";
import type { Binding, Engine } from "./engine.ts";
import { CANCELLED, type Failure, PeerFailure, timedOut, toFailure } from "./failures.ts";
import type { PeerSession } from "./sessions.ts";
import { type Account, type Answer, answerItself } from "./statements.ts";

export interface QueryRequest {
  readonly requestId: string;
  readonly sqlText: string;
  readonly bindings: readonly Binding[];
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

export interface PeerQuery {
  readonly id: string;
  readonly request: QueryRequest;
  readonly session: PeerSession;
  readonly cancel: () => void;
  /** Never rejects. */
  readonly ended: Promise<{ readonly answer: Answer } | { readonly failure: Failure }>;
}

const WAIT = /\bSYSTEM\$WAIT\s*\(\s*(\d+(?:\.\d+)?)\s*\)/i;

const NOTHING = (): void => undefined;

export function createQueries(engine: Engine, account: Account) {
  const queries = new Map<string, PeerQuery>();
  let waiting = 0;
  let onWaiting = NOTHING;

  const run = async (
    request: QueryRequest,
    session: PeerSession,
    stop: AbortSignal,
  ): Promise<Answer> => {
    const { sqlText: sql, parameters } = request;
    if (
      Number(parameters.MULTI_STATEMENT_COUNT ?? 1) === 1 &&
      /;\s*\S/.test(sql.replace(/'[^']*'/g, ""))
    )
      throw new PeerFailure({
        code: "000008",
        sqlState: "0A000",
        message: "Actual statement count 2 did not match the desired statement count 1.",
      });
    const wait = WAIT.exec(sql)?.[1];
    if (wait !== undefined) {
      waiting++;
      onWaiting();
      const limit = Number(parameters.STATEMENT_TIMEOUT_IN_SECONDS ?? 0);
      await waitFor(Number(wait), limit, stop).finally(() => waiting--);
    }
    const answer =
      (await answerItself(sql, session, account, engine, request.bindings)) ??
      (await engine.run({
        sql,
        bindings: request.bindings,
        variables: session.variables,
        database: account.database,
      }));
    stop.throwIfAborted();
    const most = Number(parameters.ROWS_PER_RESULTSET ?? 0);
    return most > 0 ? { ...answer, rows: answer.rows.slice(0, most) } : answer;
  };

  return {
    start(request: QueryRequest, session: PeerSession): PeerQuery {
      const stop = new AbortController();
      const id = randomUUID();
      const ended = run(request, session, stop.signal).then(
        (answer) => ({ answer }),
        (error: unknown) => ({
          failure: stop.signal.aborted ? CANCELLED : toFailure(error, request.sqlText),
        }),
      );
      const query: PeerQuery = { id, request, session, ended, cancel: () => stop.abort() };
      queries.set(id, query);
      return query;
    },
    running: () => waiting,
    /** Ends when a statement that waits has begun. */
    untilRunning: () =>
      new Promise<void>((resolve) => {
        onWaiting = resolve;
        if (waiting > 0) resolve();
      }),
    byId: (id: string) => queries.get(id),
    byRequestId: (requestId: string) =>
      [...queries.values()].find(({ request }) => request.requestId === requestId),
  };
}

/** Ends early when it is cancelled or its time is up: the server's own limit, not the client's. */
function waitFor(seconds: number, limit: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = limit > 0 && limit < seconds;
    const timer = setTimeout(
      () => (late ? reject(new PeerFailure(timedOut(limit))) : resolve()),
      Math.min(seconds, late ? limit : seconds) * 1_000,
    );
    stop.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new PeerFailure(CANCELLED));
    });
  });
}
