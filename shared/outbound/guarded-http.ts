/** The guard in front of every call to a user's address: check the URL, resolve once, check all, connect to what was checked. */
import type { Clock } from "../kernel/clock.ts";
import { untilAborted } from "../kernel/until-aborted.ts";
import { checkAddress, checkUrl, literalAddress, type OutboundPolicy } from "./address-policy.ts";
import type {
  Exchange,
  ExchangeResult,
  OutboundHttp,
  OutboundRequest,
  ResolvedAddress,
  Resolver,
} from "./ports.ts";
import { checkHeaders, type Headers, redirectHeaders } from "./request-headers.ts";

/** What the port promises: enough for a health answer or an error text, too little to fill memory. */
const MAX_BODY_BYTES = 64 * 1024;
/** A health endpoint needs one or two (http to https, bare to www). */
const MAX_REDIRECTS = 3;

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface GuardedHttpDeps {
  readonly policy: OutboundPolicy;
  readonly resolver: Resolver;
  readonly exchange: Exchange;
  readonly clock: Clock;
}

interface Hop {
  readonly url: URL;
  readonly address: ResolvedAddress;
}

type Stopped =
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unreachable"; readonly reason: string };

/**
 * An OutboundHttp that is safe to point at addresses from outside. Each hop is resolved once, every answer must be
 * allowed, and the connection goes to a checked address, so that a second answer from the same name changes nothing.
 * GET and HEAD follow at most three redirects, each judged like the first URL and never from https down to http; a
 * POST is answered by its 3xx.
 */
export function createGuardedHttp(deps: GuardedHttpDeps): OutboundHttp {
  return {
    async send(request, signal) {
      const startedAt = deps.clock.now();
      const timeout = AbortSignal.timeout(request.timeoutMs);
      const both = AbortSignal.any([signal, timeout]);
      try {
        const result = await untilAborted(followHops(deps, request, both), both);
        return result.kind === "refused"
          ? result
          : { ...result, latencyMs: deps.clock.now() - startedAt };
      } catch (error) {
        if (signal.aborted || !timeout.aborted) throw error;
        return { kind: "timeout", latencyMs: deps.clock.now() - startedAt };
      }
    },
  };
}

async function followHops(
  deps: GuardedHttpDeps,
  request: OutboundRequest,
  signal: AbortSignal,
): Promise<ExchangeResult | Stopped> {
  const { method, body } = request;
  let headers: Headers | null = checkHeaders(request.headers ?? {});
  if (headers === null) return { kind: "refused", reason: "a header may not be sent" };
  let target = request.url;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const hop = await admit(deps, target, signal);
    if ("kind" in hop) return hop;
    signal.throwIfAborted();
    const answer = await deps.exchange.exchange(
      { ...hop, method, headers, body: body ?? null, maxBodyBytes: MAX_BODY_BYTES },
      signal,
    );
    const next = method === "POST" ? null : redirectTarget(answer, hop.url);
    if (next === null) return answer;
    if ("kind" in next) return next;
    headers = redirectHeaders(headers, hop.url, next);
    target = next.href;
  }
  return { kind: "refused", reason: "too many redirects" };
}

/** Judges one URL and picks the address to connect to. */
async function admit(
  deps: GuardedHttpDeps,
  target: string,
  signal: AbortSignal,
): Promise<Hop | Stopped> {
  const verdict = checkUrl(target, deps.policy);
  if (!verdict.ok) return { kind: "refused", reason: verdict.reason };
  const literal = literalAddress(verdict.host);
  if (literal !== null)
    return {
      url: verdict.url,
      address: { address: literal, family: literal.includes(":") ? 6 : 4 },
    };
  const addresses = await deps.resolver.resolve(verdict.host, signal);
  for (const { address } of addresses) {
    const allowed = checkAddress(address, deps.policy, verdict.trusted);
    if (!allowed.ok) return { kind: "refused", reason: allowed.reason };
  }
  // IPv4 first: Azure Functions has no IPv6 way out.
  const address = addresses.find((one) => one.family === 4) ?? addresses[0];
  return address === undefined
    ? { kind: "unreachable", reason: "the host name is not known" }
    : { url: verdict.url, address };
}

function redirectTarget(answer: ExchangeResult, from: URL): URL | Stopped | null {
  if (answer.kind !== "response" || !redirectStatuses.has(answer.status)) return null;
  const location = answer.headers.location;
  if (location === undefined || location === "") return null;
  if (/[\s\\]/.test(location) || !URL.canParse(location, from.href))
    return { kind: "refused", reason: "the redirect is not valid" };
  const to = new URL(location, from);
  if (from.protocol === "https:" && to.protocol === "http:")
    return { kind: "refused", reason: "the redirect leaves https" };
  return to;
}
