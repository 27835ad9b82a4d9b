/** May this entry be served, and if not, why? Pure rules over an entry's age and what it was made of. */
import type { Evidence, FoundEntry, MissReason, SourceCacheTerms, Tolerance } from "./ports.ts";
import { epochsMoved, sameEvidence } from "./result-identity.ts";

/** Null when it is fresh. */
export function whyNotFresh(
  { entry, ageMs }: FoundEntry,
  now: Evidence,
  terms: Pick<SourceCacheTerms, "ttlSeconds">,
  tolerance: Tolerance,
): MissReason | null {
  if (epochsMoved(entry.evidence.epochs, now.epochs)) return "invalidated";
  if (!sameEvidence(entry.evidence, now)) return "changed";
  if (ageMs >= terms.ttlSeconds * 1_000) return "expired";
  const { maxAgeSeconds } = tolerance;
  return maxAgeSeconds !== null && ageMs > maxAgeSeconds * 1_000 ? "too_old" : null;
}

/**
 * RFC 9111, 5.2.1.2 (max-stale): out of date by no more than the caller takes. Since when a changed result is out of
 * date is not known; that it was right when it was made is, so its whole age counts. What was invalidated is gone:
 * somebody may have had it removed for good reason.
 */
export function mayServeStale(
  { ageMs }: FoundEntry,
  reason: MissReason,
  terms: Pick<SourceCacheTerms, "ttlSeconds">,
  { staleSeconds, maxAgeSeconds }: Tolerance,
): boolean {
  if (staleSeconds === null) return false;
  if (maxAgeSeconds !== null && ageMs > maxAgeSeconds * 1_000) return false;
  if (reason === "changed") return ageMs <= staleSeconds * 1_000;
  return reason === "expired" && ageMs - terms.ttlSeconds * 1_000 <= staleSeconds * 1_000;
}

/**
 * Early refresh: the more often a result is asked for and the longer it takes, the sooner before its end somebody
 * makes it anew (A. Vattani, F. Chierichetti, K. Lowenstein: Optimal Probabilistic Cache Stampede Prevention, 2015,
 * with beta = 1). `random` is in (0, 1].
 */
export function refreshEarly(
  { entry, ageMs }: FoundEntry,
  { ttlSeconds }: Pick<SourceCacheTerms, "ttlSeconds">,
  random: number,
): boolean {
  return ageMs - entry.costMs * Math.log(random) >= ttlSeconds * 1_000;
}
