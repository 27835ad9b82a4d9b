/** How long to wait before the next attempt: exponential with full jitter, capped, and never less than was asked for. */

/** Caps of 1, 2, 4 … minutes for the seven waits between eight attempts: 45 minutes on average, an hour and a half at most. */
export const MAX_ATTEMPTS = 8;
const BASE_SECONDS = 60;
const CAP_SECONDS = 30 * 60;
/** A jitter of nothing would be no wait at all. */
const FLOOR_SECONDS = 1;
/** A receiver that asks for more is asking us to forget the message. */
const MAX_RETRY_AFTER_SECONDS = 6 * 60 * 60;

/** A number in [0, 1). */
export type Random = () => number;

/**
 * Whole seconds until the attempt after `attempts` failed ones (1 or more): a random part of the capped exponential
 * ("full jitter", Brooker 2015), so that many deliveries that failed together do not come back together. With the
 * receiver's Retry-After, at least that long.
 */
export function retryDelaySeconds(
  attempts: number,
  retryAfterSeconds: number | undefined,
  random: Random,
): number {
  const cap = Math.min(CAP_SECONDS, BASE_SECONDS * 2 ** Math.min(attempts - 1, 30));
  const jittered = Math.max(FLOOR_SECONDS, Math.ceil(cap * random()));
  if (retryAfterSeconds === undefined) return jittered;
  return Math.max(jittered, Math.min(MAX_RETRY_AFTER_SECONDS, Math.ceil(retryAfterSeconds)));
}

/** Seconds out of a Retry-After value (RFC 9110, 10.2.3): a number or an HTTP date; undefined where it is neither. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d{1,10}\s*$/.test(value)) return Number(value);
  const date = /^[A-Z][a-z]{2,8},? .*GMT\s*$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - nowMs) / 1000));
}
