/** What every use-case is told about the call it serves: who, since when, how to stop. Explicit, last, never ambient. */
import type { Logger } from "./logger.ts";

/** What one query may take, whatever it asks for; absent for no limit of this kind. */
export interface QueryLimits {
  readonly max_rows?: number | undefined;
  readonly max_bytes?: number | undefined;
  readonly timeout_ms?: number | undefined;
}

/** Who is calling, after authentication. */
export interface Principal {
  /** `key:<key id>` for an API key, `system:<name>` for a timer or a queue. */
  readonly id: string;
  readonly owner: string;
  readonly permissions: ReadonlySet<string>;
  readonly roles: readonly string[];
  /** The data sources this principal may see; `all` for no restriction. */
  readonly sources: "all" | ReadonlySet<string>;
  /** What policies may ask of this principal beside its id and owner (`{principal.team}`). */
  readonly attributes: Readonly<Record<string, string>>;
  /** What each of the principal's queries may take; absent for no limits of its own. */
  readonly limits?: QueryLimits;
  /** When the credential ends, in milliseconds since the Unix epoch; null for never. */
  readonly expiresAt: number | null;
}

export interface CallContext {
  readonly requestId: string;
  /** W3C Trace Context header as received, or null. */
  readonly traceparent: string | null;
  readonly principal: Principal;
  readonly log: Logger;
  /** Aborted when the caller has gone away or the invocation is being stopped. */
  readonly signal: AbortSignal;
  /** Milliseconds since the Unix epoch when the call arrived. */
  readonly now: number;
}

/** The principal of work that no outside caller asked for (timers, queues, start-up). */
export function systemPrincipal(name: string): Principal {
  return {
    id: `system:${name}`,
    owner: "system",
    permissions: new Set(["admin"]),
    roles: [],
    sources: "all",
    attributes: {},
    expiresAt: null,
  };
}
