/**
 * Statements that the server of a connection has read before: asked for by name, they are neither read nor planned again
 * (PostgreSQL 18, PREPARE; 54.2.3). Rights are looked at in every execution, name or no name.
 */
import { randomUUID } from "node:crypto";
import { LRUCache } from "lru-cache";

export interface StatementName {
  readonly name: string;
  /** The server is to read it under this name first. */
  readonly isNew: boolean;
}

/** Of one connection, which runs one batch at a time. */
export interface ConnectionNames {
  /** Null for a statement that is seen for the first time, since few come again, and for one that must be read anew. */
  of(sql: string): StatementName | null;
  /** Names that are used no more since the last batch: the server may forget them. */
  stale(): readonly string[];
  /** The batch has ended. After a failure nobody knows how far the server came: what it used gets another name. */
  settle(failed: boolean): void;
}

/** Of one source. */
export interface StatementNames {
  /** Null where no names are used. */
  of(connection: object): ConnectionNames | null;
  /** Whether a statement may have failed for its name alone, so that it is worth another try. */
  blamed(error: unknown): boolean;
}

export const noNames: StatementNames = { of: () => null, blamed: () => false };

/** Each holds some kilobytes of the server's memory. */
const MOST_NAMES = 50;
/** What came once is remembered apart: a hundred statements that never come again push no name out. */
const MOST_SEEN = 500;
const LONGEST = 20_000;
/**
 * `'today'::date` is worked out when the statement is read, and would stay what it was. A backslash may hide such a word.
 * `now()` is worked out in each transaction.
 */
const READ_ANEW = /\b(now\b(?!\s*\()|today|tomorrow|yesterday)\b|\\/i;
/** The server has no such statement, or another one: something on the way gives each batch another connection. */
const OTHER_CONNECTION: readonly string[] = ["26000", "42P05"];
/** "cached plan must not change result type", among other things: the table is not what it was. */
const OTHER_RESULT = "0A000";

export function createStatementNames(): StatementNames {
  let known: WeakMap<object, ConnectionNames> | null = new WeakMap();
  return {
    of(connection) {
      if (known === null) return null;
      const names = known.get(connection) ?? createConnectionNames();
      known.set(connection, names);
      return names;
    },
    blamed(error) {
      const { code = "" } = ((error as Error).cause ?? {}) as { readonly code?: string };
      // For good: a pooler that once gave another connection will do so again.
      if (OTHER_CONNECTION.includes(code)) known = null;
      return OTHER_CONNECTION.includes(code) || code === OTHER_RESULT;
    },
  };
}

function createConnectionNames(): ConnectionNames {
  // No other connection has these names: where a pooler takes one for the other, nothing is found, and nothing wrong.
  const prefix = `mcp_${randomUUID()}`;
  let count = 0;
  let used: string[] = [];
  let left: string[] = [];
  const seen = new LRUCache<string, true>({ max: MOST_SEEN });
  const names = new LRUCache<string, string>({
    max: MOST_NAMES,
    dispose: (name, _sql, reason) => {
      if (reason !== "set") left.push(name);
    },
  });
  const isFirst = (sql: string): boolean => {
    const first = !seen.has(sql);
    seen.set(sql, true);
    return first;
  };
  return {
    of(sql) {
      const known = names.get(sql);
      if (known === undefined && (sql.length > LONGEST || READ_ANEW.test(sql) || isFirst(sql)))
        return null;
      used.push(sql);
      if (known !== undefined) return { name: known, isNew: false };
      count += 1;
      const name = `${prefix}_${count}`;
      names.set(sql, name);
      return { name, isNew: true };
    },
    stale() {
      const names = left;
      left = [];
      return names;
    },
    settle(failed) {
      if (failed) for (const sql of used) names.delete(sql);
      used = [];
    },
  };
}
