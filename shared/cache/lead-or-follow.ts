/** One instance computes a result, the others wait for it: a lease in the shared store that its holder must prolong. */
import { randomUUID } from "node:crypto";
import { AppError } from "../kernel/app-error.ts";
import type { Circuit } from "./circuit.ts";
import type { Stopwatch } from "./elapsed.ts";
import type { Claim, FoundEntry, LeaseTerms, SharedPlace, SharedResults, Wanted } from "./ports.ts";

export interface LeaseDeps {
  readonly results: Pick<SharedResults, "claim" | "release">;
  readonly circuit: Circuit;
  readonly stopwatch: Stopwatch;
  /** What the death of a leader costs the others. */
  readonly leaseMs: number;
  /** Resolves after so many milliseconds. @throws when the signal is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Does it every so many milliseconds, until it is told to end. */
  readonly every: (ms: number, work: () => void) => () => void;
  readonly onWait: () => void;
}

export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Stops prolonging it. */
  end(): void;
}

export type Turn =
  | { readonly kind: "ready"; readonly found: FoundEntry; readonly heldMs: number }
  /** Compute: with the lease, or without one where the shared store is away. */
  | { readonly kind: "lead"; readonly lease: Lease | null };

const FIRST_LOOK_MS = 5;
const LONGEST_LOOK_MS = 50;

/** What is waited for, for how long, and under which name of the lease. */
export type AwaitedResult = Wanted & { readonly name: string; readonly patienceMs: number };

/**
 * Waits until the result lies there or it is one's own turn. Leaders who fail one after the other must not keep a
 * follower longer than his own statement might have taken.
 * @throws AppError query_timeout; and when `signal` is aborted.
 */
export async function awaitTurn(
  deps: LeaseDeps,
  place: SharedPlace,
  wanted: AwaitedResult,
  signal: AbortSignal,
): Promise<Turn> {
  const terms = newTerms(deps, wanted.name);
  const came = deps.stopwatch.mark();
  for (let look = FIRST_LOOK_MS, waits = 0; ; look = Math.min(look * 2, LONGEST_LOOK_MS)) {
    const sent = deps.stopwatch.mark();
    const claim = await claimOnce(deps, place, wanted, terms);
    if (claim === null) return { kind: "lead", lease: null };
    if (claim.kind === "ready")
      return { kind: "ready", found: claim.found, heldMs: deps.stopwatch.since(sent) };
    if (claim.kind === "lead") return { kind: "lead", lease: prolong(deps, place, terms) };
    if (waits++ === 0) deps.onWait();
    if (deps.stopwatch.since(came) >= wanted.patienceMs) throw waitedTooLong(wanted.patienceMs);
    await deps.pause(Math.max(1, Math.min(look, claim.remainingMs)), signal);
  }
}

const waitedTooLong = (patienceMs: number): AppError =>
  new AppError(
    "query_timeout",
    `Another instance runs the same statement and had no rows after ${patienceMs} ms. Raise timeout_ms, or ask for less.`,
  );

/** The lease, if nobody has it; null where the shared store is away; false where somebody is at it. */
export async function tryLease(
  deps: LeaseDeps,
  place: SharedPlace,
  name: string,
): Promise<Lease | null | false> {
  const terms = newTerms(deps, name);
  const claim = await claimOnce(deps, place, null, terms);
  if (claim === null) return null;
  return claim.kind === "lead" ? prolong(deps, place, terms) : false;
}

/** Gives back what came to nothing, so that another need not wait for its end. */
export async function giveBack(deps: LeaseDeps, place: SharedPlace, lease: Lease): Promise<void> {
  await deps.circuit.run(() => deps.results.release(place, lease), undefined);
}

const newTerms = (deps: LeaseDeps, name: string): LeaseTerms => ({
  name,
  holder: randomUUID(),
  leaseMs: deps.leaseMs,
});

const claimOnce = (
  deps: LeaseDeps,
  place: SharedPlace,
  wanted: Wanted | null,
  terms: LeaseTerms,
): Promise<Claim | null> =>
  deps.circuit.run<Claim | null>(() => deps.results.claim(place, wanted, terms), null);

/** A lease ends soon after its holder does, and lasts as long as the statement otherwise. */
function prolong(deps: LeaseDeps, place: SharedPlace, terms: LeaseTerms): Lease {
  const end = deps.every(deps.leaseMs / 3, () => void claimOnce(deps, place, null, terms));
  return { name: terms.name, holder: terms.holder, end };
}
