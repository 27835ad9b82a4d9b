/** What every use-case is told about the call it serves: who, since when, how to stop. Explicit, last, never ambient. */
import type { Logger } from "./logger.ts";

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
