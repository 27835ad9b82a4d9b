/** When a notice may be given, and which notices the end of an incident calls for: pure, shared by every store. */
import { isFinished } from "./delivery-state.ts";
import type { ChannelName, ClaimResult, Delivery, Incident, NoticeIntervals } from "./ports.ts";

/** A worker a little ahead of the clock that wrote the due time need not go round again. */
const DUE_TOLERANCE_MS = 2000;
/** How long after its opening is due an ending looks again. */
const OPENING_WAIT_MS = 5000;

/** When the opening of a condition is due, given when it last spoke: at once, or after the rest of the group interval. */
export function openingDueAt(
  lastNoticeAt: number | null,
  now: number,
  { groupMs }: NoticeIntervals,
): number {
  return lastNoticeAt === null ? now : Math.max(now, lastNoticeAt + groupMs);
}

/** True when an open condition is to be told again. `lastNoticeAt` may lie ahead, where the opening is held back. */
export function isRepeatDue(
  lastNoticeAt: number | null,
  now: number,
  { repeatMs }: NoticeIntervals,
): boolean {
  return lastNoticeAt !== null && now - lastNoticeAt >= repeatMs;
}

export interface ResolvePlan {
  /** Openings that were held back and need not be told any more. */
  readonly suppress: readonly string[];
  /** Channels that were, or may have been, told of the opening: also after a failure, since a lost answer looks like one. */
  readonly tell: readonly ChannelName[];
}

/** What resolving does to the deliveries of one incident. */
export function planResolve(deliveries: readonly Delivery[], now: number): ResolvePlan {
  const openings = deliveries.filter((one) => one.event === "opened");
  const isHeld = (one: Delivery) =>
    !isFinished(one.state) && one.attempts.length === 0 && Date.parse(one.dueAt) > now;
  const told = openings.filter((one) => one.state !== "suppressed" && !isHeld(one));
  return {
    suppress: openings.filter(isHeld).map((one) => one.deliveryId),
    tell: [...new Set(told.map((one) => one.channel))],
  };
}

export interface ClaimView {
  readonly incident: Incident;
  readonly delivery: Delivery;
  readonly claim: number;
  /** Null where nobody holds it. */
  readonly leasedUntil: number | null;
  /** The latest due time of the pending openings of this incident on this channel; null where there are none. */
  readonly openingDueAt: number | null;
}

export interface ClaimDecision {
  readonly result: ClaimResult;
  /** The new due time of a delivery that has to wait for another, so that the sweep lets it be. */
  readonly postponeTo: number | null;
}

/**
 * Whether a worker may send this delivery now. An ending waits for its opening: a trigger that overtakes its resolve
 * would leave a page open for ever.
 */
export function judgeClaim(view: ClaimView | null, now: number): ClaimDecision {
  if (view === null) return decide({ kind: "missing" });
  const { delivery, incident, leasedUntil, openingDueAt } = view;
  if (isFinished(delivery.state)) return decide({ kind: "finished", state: delivery.state });
  if (leasedUntil !== null && leasedUntil > now) return decide(waitUntil(leasedUntil, now));
  const dueAt = Date.parse(delivery.dueAt);
  if (dueAt > now + DUE_TOLERANCE_MS) return decide(waitUntil(dueAt, now));
  if (delivery.event === "resolved" && openingDueAt !== null) {
    const postponeTo = Math.max(openingDueAt, now) + OPENING_WAIT_MS;
    return { result: waitUntil(postponeTo, now), postponeTo };
  }
  return decide({ kind: "claimed", claim: view.claim + 1, incident, delivery });
}

function decide(result: ClaimResult): ClaimDecision {
  return { result, postponeTo: null };
}

function waitUntil(at: number, now: number): ClaimResult {
  return { kind: "wait", afterSeconds: Math.max(1, Math.ceil((at - now) / 1000)) };
}
