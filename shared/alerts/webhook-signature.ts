/** The signature on a webhook: who sent it, when, and that nobody changed it. */
import { createHmac, timingSafeEqual } from "node:crypto";

/** A captured request is of no use after this; clocks may differ by as much. */
const TOLERANCE_SECONDS = 300;

/** `v1=` and the HMAC-SHA-256 of `<timestamp>.<body>` in hex; the timestamp is in Unix seconds, as sent. */
export function signWebhook(secret: string, timestamp: string, body: string): string {
  return `v1=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

export type SignatureVerdict = "valid" | "expired" | "invalid";

/** What a receiver does; published so that receivers in JavaScript need not write it. */
export function verifyWebhook(
  secret: string,
  sent: { readonly timestamp: string; readonly signature: string; readonly body: string },
  nowMs: number,
): SignatureVerdict {
  const expected = Buffer.from(signWebhook(secret, sent.timestamp, sent.body));
  const given = Buffer.from(sent.signature);
  if (
    !/^\d{1,12}$/.test(sent.timestamp) ||
    given.length !== expected.length ||
    !timingSafeEqual(given, expected)
  )
    return "invalid";
  return Math.abs(nowMs / 1000 - Number(sent.timestamp)) <= TOLERANCE_SECONDS ? "valid" : "expired";
}
