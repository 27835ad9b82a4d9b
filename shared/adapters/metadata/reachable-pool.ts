/** Tells a metadata database that is away from one that refuses a statement: the first may be tried again. */
import type { PostgresPool, PostgresPoolClient } from "kysely";
import { AppError } from "../../kernel/app-error.ts";

/** Connection exceptions, operator intervention, too many connections, wrong login, no such database (appendix A). */
const AWAY_STATES = /^(?:08|57P|53300|28|3D)/;
const AWAY_CODES = /^(?:ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH)/;
/** What node-postgres and the embedded database say without a code. */
const AWAY_MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|connection error|embedded database/i;

export function withReachability(pool: PostgresPool): PostgresPool {
  return {
    connect: async () => watch(await pool.connect().catch(rethrow)),
    end: () => pool.end(),
  };
}

/** Kysely keeps what it knows of a connection by the client's identity, so each client has one wrapper for its life. */
const wrappers = new WeakMap<PostgresPoolClient, PostgresPoolClient>();

function watch(client: PostgresPoolClient): PostgresPoolClient {
  const known = wrappers.get(client);
  if (known) return known;
  const query = (text: string, parameters: readonly unknown[]) =>
    client.query(text, parameters).catch(rethrow);
  const wrapper = { query, release: () => client.release() } as PostgresPoolClient;
  wrappers.set(client, wrapper);
  return wrapper;
}

function rethrow(error: unknown): never {
  if (!isAway(error)) throw error;
  throw new AppError("metadata_unavailable", "The platform's own database cannot be reached.", {
    cause: error,
    retryAfterSeconds: 2,
  });
}

function isAway(error: unknown): boolean {
  const { code = "", message = "" } = (error ?? {}) as { code?: string; message?: string };
  return (
    AWAY_STATES.test(code) || AWAY_CODES.test(code) || (code === "" && AWAY_MESSAGES.test(message))
  );
}
