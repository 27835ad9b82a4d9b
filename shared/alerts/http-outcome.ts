/** One notice over HTTP: sent through the outbound guard, and what the receiver's answer means for the delivery. */
import type { Clock } from "../kernel/clock.ts";
import type { OutboundHttp, OutboundResult } from "../outbound/ports.ts";
import { parseRetryAfter } from "./back-off.ts";
import type { ChannelOutcome } from "./ports.ts";

/** Receivers answer within a second; one that hangs must not hold the worker. */
const SEND_LIMIT_MS = 10_000;

export interface HttpChannelDeps {
  readonly outbound: OutboundHttp;
  readonly clock: Clock;
  /** For tests; 10 s without it. */
  readonly timeoutMs?: number;
}

export interface HttpNotice {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text, exactly as it is to be sent. */
  readonly body: string;
}

export async function postNotice(
  deps: HttpChannelDeps,
  { url, headers, body }: HttpNotice,
  signal: AbortSignal,
): Promise<ChannelOutcome> {
  const result = await deps.outbound.send(
    {
      url,
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
      timeoutMs: deps.timeoutMs ?? SEND_LIMIT_MS,
    },
    signal,
  );
  return judgeHttpResult(result, deps.clock.now());
}

/**
 * 2xx is sent. 408, 425, 429, 5xx, silence and a broken connection may pass: retry, with Retry-After where it was given.
 * Any other status and an address that the outbound policy refuses will not change by waiting: failed.
 */
export function judgeHttpResult(result: OutboundResult, nowMs: number): ChannelOutcome {
  if (result.kind === "refused") return { kind: "failed", reason: `not called: ${result.reason}` };
  if (result.kind === "timeout") return { kind: "retry", reason: "no answer in time" };
  if (result.kind === "unreachable") return { kind: "retry", reason: result.reason };
  const { status } = result;
  if (status >= 200 && status < 300) return { kind: "sent", detail: `status ${status}` };
  const reason = `status ${status}`;
  if (status < 500 && status !== 408 && status !== 425 && status !== 429)
    return { kind: "failed", reason };
  const afterSeconds = parseRetryAfter(result.headers["retry-after"], nowMs);
  return afterSeconds === undefined
    ? { kind: "retry", reason }
    : { kind: "retry", reason, afterSeconds };
}
