/** Bringing what a rule reports to a size and form that every store and receiver can hold. */
import { sha256Hex } from "../kernel/digest.ts";
import type { Evidence, NewIncident } from "./ports.ts";
import { oneLine } from "./text.ts";

/** PagerDuty's limit for a dedup_key. */
const KEY_LENGTH = 255;
const RULE_LENGTH = 100;
const SUMMARY_LENGTH = 1000;
const MAX_EVIDENCE = 32;
const EVIDENCE_LABEL_LENGTH = 100;
const EVIDENCE_VALUE_LENGTH = 1000;
const DEAD_LETTER_BYTES = 64 * 1024;

/** The same text for the same condition; one that is too long or not printable ASCII ends in its digest instead. */
export function boundDedupKey(key: string): string {
  if (key.length <= KEY_LENGTH && /^[\x21-\x7e]+$/.test(key)) return key;
  const digest = sha256Hex(key);
  return `${key.replace(/[^\x21-\x7e]/g, "_").slice(0, KEY_LENGTH - digest.length - 1)}:${digest}`;
}

export function boundIncident(incident: NewIncident): NewIncident {
  return {
    dedupKey: boundDedupKey(incident.dedupKey),
    rule: oneLine(incident.rule, RULE_LENGTH),
    severity: incident.severity,
    summary: oneLine(incident.summary, SUMMARY_LENGTH),
    evidence: boundEvidence(incident.evidence),
  };
}

function boundEvidence(evidence: Evidence): Evidence {
  const bounded = Object.entries(evidence)
    .slice(0, MAX_EVIDENCE)
    .map(([label, value]) => {
      // JSON has no NaN and no infinity, and a measurement can be either.
      const plain = typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
      return [
        oneLine(label, EVIDENCE_LABEL_LENGTH),
        typeof plain === "string" ? oneLine(plain, EVIDENCE_VALUE_LENGTH) : plain,
      ];
    });
  return Object.fromEntries(bounded);
}

/** The body as it came, up to 64 KiB of UTF-8; NUL and half a surrogate pair, which PostgreSQL cannot hold, become U+FFFD. */
export function boundDeadLetterBody(body: string): string {
  const clean = body.toWellFormed().replaceAll("\0", "\ufffd");
  const bytes = Buffer.from(clean, "utf8");
  if (bytes.length <= DEAD_LETTER_BYTES) return clean;
  let end = DEAD_LETTER_BYTES;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end).toString("utf8");
}
