/** The health of one target as a total table: a single bad answer alarms nobody, and a single good one ends no incident. */

export type HealthState = "unknown" | "healthy" | "failing" | "unhealthy";
export type CheckOutcome = "ok" | "failed";
export type HealthEvent = "became-unhealthy" | "recovered";

/** At one check a minute: told after three minutes, and not for one restart of a container. */
export const FAILURES_TO_UNHEALTHY = 3;
/** One good answer between bad ones is what a crash loop looks like. */
export const SUCCESSES_TO_RECOVER = 2;

export interface HealthCount {
  readonly state: HealthState;
  readonly consecutiveFailures: number;
  readonly consecutiveSuccesses: number;
}

export interface HealthStep extends HealthCount {
  readonly event: HealthEvent | null;
}

interface Rule {
  readonly below: HealthState;
  /** The number of equal outcomes in a row from which `to` holds. */
  readonly from: number;
  readonly to: HealthState;
  readonly event: HealthEvent | null;
}

const always = (state: HealthState): Rule => ({ below: state, from: 1, to: state, event: null });
const fail: Rule = {
  below: "failing",
  from: FAILURES_TO_UNHEALTHY,
  to: "unhealthy",
  event: "became-unhealthy",
};

const rules: Readonly<Record<HealthState, Readonly<Record<CheckOutcome, Rule>>>> = {
  unknown: { ok: always("healthy"), failed: fail },
  healthy: { ok: always("healthy"), failed: fail },
  failing: { ok: always("healthy"), failed: fail },
  unhealthy: {
    ok: { below: "unhealthy", from: SUCCESSES_TO_RECOVER, to: "healthy", event: "recovered" },
    failed: always("unhealthy"),
  },
};

export const unknownHealth: HealthCount = {
  state: "unknown",
  consecutiveFailures: 0,
  consecutiveSuccesses: 0,
};

export function nextHealth(count: HealthCount, outcome: CheckOutcome): HealthStep {
  const consecutiveFailures = outcome === "failed" ? count.consecutiveFailures + 1 : 0;
  const consecutiveSuccesses = outcome === "ok" ? count.consecutiveSuccesses + 1 : 0;
  const rule = rules[count.state][outcome];
  const reached = Math.max(consecutiveFailures, consecutiveSuccesses) >= rule.from;
  return {
    state: reached ? rule.to : rule.below,
    event: reached ? rule.event : null,
    consecutiveFailures,
    consecutiveSuccesses,
  };
}
