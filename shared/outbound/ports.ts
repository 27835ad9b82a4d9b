/** Calls to addresses that users gave us (model endpoints, webhooks), which must not become a way into our network. */

export type OutboundMethod = "GET" | "HEAD" | "POST";

export interface OutboundRequest {
  readonly url: string;
  readonly method: OutboundMethod;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}

export type OutboundResult =
  | {
      readonly kind: "response";
      readonly status: number;
      /** Lower-case names. */
      readonly headers: Readonly<Record<string, string>>;
      /** At most 64 KiB of it. */
      readonly body: string;
      readonly latencyMs: number;
    }
  /** The address is not allowed; nothing was sent there. `reason` is safe for the caller. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "timeout"; readonly latencyMs: number }
  /** Connection refused, reset, TLS failure, unknown name … `reason` is safe for the caller. */
  | { readonly kind: "unreachable"; readonly reason: string; readonly latencyMs: number };

/**
 * Sends one request to a user-supplied URL, or says why not. Never throws for what the far side does; throws the
 * signal's reason when the caller gave up.
 */
export interface OutboundHttp {
  send(request: OutboundRequest, signal: AbortSignal): Promise<OutboundResult>;
}

export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Name resolution as a port, so that rebinding can be tested. An unknown name is an empty list. */
export interface Resolver {
  resolve(hostname: string, signal: AbortSignal): Promise<readonly ResolvedAddress[]>;
}

export interface ExchangeRequest {
  readonly url: URL;
  /** The one address to connect to. The name is not resolved again. */
  readonly address: ResolvedAddress;
  readonly method: OutboundMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly maxBodyBytes: number;
}

export type ExchangeResult =
  | {
      readonly kind: "response";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: "unreachable"; readonly reason: string };

/** One request and one answer over one connection to one address: no redirects, proxies, cookies or reuse. */
export interface Exchange {
  /** Throws only the signal's reason. */
  exchange(request: ExchangeRequest, signal: AbortSignal): Promise<ExchangeResult>;
}
