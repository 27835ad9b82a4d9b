/** A database in SQLite, for golds of that dialect: from plain data, or a file as it came. */

import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { quoted } from "../shared/kernel/identifiers.ts";
import type { Database, DataTable } from "./read-database.ts";
import type { RunBudget, RunResult, StatementRunner } from "./run-result.ts";
import type { SqliteWorkerData } from "./sqlite-worker.ts";

/** Declares the types as the DDL has them: SQLite's own affinities are part of what the golds mean. */
export function writeSqlite(file: string, { tables }: Database): void {
  const database = new DatabaseSync(file);
  try {
    database.exec("pragma foreign_keys = off; pragma journal_mode = off; begin");
    for (const table of tables) writeTable(database, table);
    database.exec("commit");
  } finally {
    database.close();
  }
}

function writeTable(database: DatabaseSync, { info, declaredTypes, rows }: DataTable): void {
  const columns = info.columns.map(({ name }, at) => `${quoted(name)} ${declaredTypes[at]}`);
  database.exec(`create table ${quoted(info.name)} (${columns.join(", ")})`);
  const places = info.columns.map(() => "?").join(", ");
  const insert = database.prepare(`insert into ${quoted(info.name)} values (${places})`);
  for (const row of rows) insert.run(...(row as SQLInputValue[]));
}

interface Thread {
  readonly worker: Worker;
  /** Settles when it can answer: a start is not part of a gold's time. */
  readonly ready: Promise<void>;
  /** Of the one statement that runs; statements wait for each other. */
  settle: (result: RunResult) => void;
}

function startThread(workerData: SqliteWorkerData): Thread {
  const worker = new Worker(new URL("./sqlite-worker.ts", import.meta.url), { workerData });
  const up = Promise.withResolvers<void>();
  const thread: Thread = { worker, ready: up.promise, settle: () => undefined };
  worker.on("message", (message: RunResult | "ready") => {
    if (message === "ready") up.resolve();
    else thread.settle(message);
  });
  worker.on("error", (error) => {
    up.reject(error);
    thread.settle({ kind: "failed", why: error.message });
  });
  return thread;
}

export function openSqliteGold(file: string, budget: RunBudget): StatementRunner {
  const data: SqliteWorkerData = { file, maxRows: budget.maxRows };
  let thread = startThread(data);
  let turn: Promise<unknown> = Promise.resolve();
  const runNow = async (sql: string): Promise<RunResult> => {
    await thread.ready;
    const { promise, resolve } = Promise.withResolvers<RunResult>();
    const timer = setTimeout(() => {
      resolve({ kind: "failed", why: `longer than ${budget.timeoutMs} ms` });
      void thread.worker.terminate();
      thread = startThread(data);
    }, budget.timeoutMs);
    thread.settle = resolve;
    thread.worker.postMessage(sql);
    return promise.finally(() => clearTimeout(timer));
  };
  return {
    run: (sql) => {
      const result = turn.then(() => runNow(sql));
      turn = result;
      return result;
    },
    close: async () => {
      await turn;
      await thread.worker.terminate();
    },
  };
}
