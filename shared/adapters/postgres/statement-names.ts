/**
 * Statements that the server of a connection has read before: asked for by name, they are neither read nor planned again
 * (PostgreSQL 18, PREPARE; 54.2.3). A name says nothing of rights and rows: both are looked at in every execution.
 */
import { LRUCache } from "lru-cache";

export interface StatementName {
  readonly name: string;
  /** The server is to read it under this name first. */
  readonly isNew: boolean;
}

/** Of one connection, which runs one batch at a time. */
export interface ConnectionNames {
  /** Null for a statement that is seen for the first time: few come again. */
  of(sql: string): StatementName | null;
  /** At once: it will come again. */
  ofFixed(sql: string): StatementName;
  /** Names that are used no more since the last batch: the server may forget them. */
  stale(): readonly string[];
  /** The batch has ended. After a failure nobody knows how far the server came: what it used gets another name. */
  settle(failed: boolean): void;
}

/** Of one source. */
export interface StatementNames {
  /** Null where the server keeps no names. */
  of(connection: object): ConnectionNames | null;
  /** Whether a statement may have failed for its name alone, so that it is worth another try. */
  blamed(error: unknown): boolean;
}

/** Each holds some kilobytes of the server's memory. */
const MOST_NAMES = 50;
const LONGEST = 20_000;

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
  let count = 0;
  let used: string[] = [];
  let left: string[] = [];
  /** The empty name: seen once, and not named yet. */
  const names = new LRUCache<string, string>({
    max: MOST_NAMES,
    dispose: (name, _sql, reason) => {
      if (name !== "" && reason !== "set") left.push(name);
    },
  });
  const nameOf = (sql: string): StatementName => {
    used.push(sql);
    const known = names.get(sql);
    if (known) return { name: known, isNew: false };
    count += 1;
    const name = `mcp_${count}`;
    names.set(sql, name);
    return { name, isNew: true };
  };
  return {
    of(sql) {
      if (sql.length > LONGEST) return null;
      if (names.has(sql)) return nameOf(sql);
      names.set(sql, "");
      return null;
    },
    ofFixed: nameOf,
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
