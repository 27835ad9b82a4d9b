/** What is watched, what is known of it, and where that is kept between instances. */
import type { CheckOutcome, HealthCount } from "./health-state.ts";

export type HealthLevel = "healthy" | "degraded" | "unhealthy";

export interface CheckResult {
  readonly status: HealthLevel;
  /** One sentence that is safe for anybody. */
  readonly evidence: string;
  readonly latencyMs: number;
}

/** One part that the platform stands on. Must answer within its signal; throwing means unhealthy. */
export interface ComponentCheck {
  readonly name: string;
  /** The platform cannot serve without it; any other part only degrades it. */
  readonly critical: boolean;
  check(signal: AbortSignal): Promise<CheckResult>;
}

/** What is known of one target of the timer. */
export interface TargetHealth extends HealthCount {
  readonly target: string;
  readonly lastCheckedAt: string;
  readonly lastStatus: CheckOutcome;
  readonly evidence: string;
  readonly latencyMs: number | null;
  /** The latest timer slot (ms) that was counted. */
  readonly lastSlot: number;
  /** Whether an incident was opened for it that has not been resolved: kept here so that no crash can lose either. */
  readonly incidentOpen: boolean;
  /** 1 at the first save, one more at each. */
  readonly version: number;
}

export interface HealthStore {
  load(target: string): Promise<TargetHealth | null>;
  /** Writes `next` where the stored version is the one before it (none, for version 1). False where another was faster. */
  save(next: TargetHealth): Promise<boolean>;
  /** All targets that start with the prefix, by name. */
  list(prefix: string): Promise<readonly TargetHealth[]>;
  remove(target: string): Promise<void>;
}

/** Where a registered model is asked whether it lives. */
export interface ModelEndpoint {
  readonly modelId: string;
  readonly version: number;
  readonly url: string;
}

export interface ModelEndpointSource {
  /** The endpoints of the models that are served now. */
  endpoints(signal: AbortSignal): Promise<readonly ModelEndpoint[]>;
}
