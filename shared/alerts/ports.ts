/** Incidents and their delivery: what is wrong, who was told, and what became of each message. */

export type Severity = "critical" | "error" | "warning" | "info";
export type ChannelName = "email" | "slack" | "pagerduty" | "teams" | "webhook" | "console";
export type IncidentState = "open" | "resolved";
export type Evidence = Readonly<Record<string, string | number | boolean | null>>;

export interface NewIncident {
  readonly dedupKey: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly evidence: Evidence;
}

export interface Incident extends NewIncident {
  readonly incidentId: string;
  readonly state: IncidentState;
  readonly openedAt: string;
  readonly resolvedAt: string | null;
}

/** `suppressed`: never sent and not a failure; the incident ended before this opening was due. */
export type DeliveryState = "pending" | "sent" | "dead" | "suppressed";
export type DeliveryEvent = "opened" | "resolved";

export interface DeliveryAttempt {
  readonly at: string;
  readonly outcome: string;
}

/** One notification of one event of an incident over one channel. Its id is the idempotency key. */
export interface Delivery {
  readonly deliveryId: string;
  readonly incidentId: string;
  readonly event: DeliveryEvent;
  readonly channel: ChannelName;
  readonly state: DeliveryState;
  readonly attempts: readonly DeliveryAttempt[];
  readonly reason: string | null;
  /** When somebody should be working on it; a pending delivery long past this is stranded. */
  readonly dueAt: string;
}

/** What a channel is asked to say. */
export interface Notification {
  /** The same for every attempt of one delivery; sent along wherever the receiver can use it. */
  readonly idempotencyKey: string;
  /** PagerDuty's dedup_key, the thread of an email …: one per condition. */
  readonly dedupKey: string;
  readonly event: DeliveryEvent;
  readonly incident: Incident;
}

export type ChannelOutcome =
  | { readonly kind: "sent"; readonly detail: string }
  /** Try again later; `afterSeconds` is what the receiver asked for, if it did. */
  | { readonly kind: "retry"; readonly reason: string; readonly afterSeconds?: number }
  /** Trying again cannot help. */
  | { readonly kind: "failed"; readonly reason: string };

/** One way of reaching people. Bounded by its own time-out; never throws for what the receiver does. */
export interface AlertChannel {
  readonly name: ChannelName;
  send(notification: Notification, signal: AbortSignal): Promise<ChannelOutcome>;
}

export interface IncidentWithDeliveries {
  readonly incident: Incident;
  readonly deliveries: readonly Delivery[];
}

/** How often one condition may speak. Milliseconds. */
export interface NoticeIntervals {
  /** A condition that comes back within this time of its last opening notice waits for the rest of it. */
  readonly groupMs: number;
  /** A condition that is still open is told again after this time. */
  readonly repeatMs: number;
}

/** The right to send one delivery now; `claim` fences off a worker that was too slow. */
export type ClaimResult =
  | {
      readonly kind: "claimed";
      readonly claim: number;
      readonly incident: Incident;
      readonly delivery: Delivery;
    }
  /** Another worker has it, it is not due yet, or the opening on the same channel is not finished. */
  | { readonly kind: "wait"; readonly afterSeconds: number }
  | { readonly kind: "finished"; readonly state: DeliveryState }
  | { readonly kind: "missing" };

/** What became of one attempt. */
export interface AttemptRecord {
  readonly claim: number;
  readonly attempt: DeliveryAttempt;
  readonly event: "sent" | "retried" | "failed";
  readonly reason: string | null;
  /** When it is to be tried again (ms); only read for `retried`. */
  readonly dueAt: number;
}

/**
 * Where incidents and deliveries live. Opening and resolving write the deliveries in the same transaction (outbox).
 * Times are milliseconds since the Unix epoch, given by the caller.
 */
export interface IncidentStore {
  /**
   * Opens an incident with one pending delivery per channel. Where one with this key is open already: null, or, once the
   * repeat interval is over, that incident with new deliveries.
   */
  open(
    incident: NewIncident,
    channels: readonly ChannelName[],
    now: number,
    intervals: NoticeIntervals,
  ): Promise<IncidentWithDeliveries | null>;
  /**
   * Resolves the open incident of this key and tells the channels that its opening was meant for; an opening that is
   * still held back is suppressed, and so is its end. Null where none is open.
   */
  resolve(dedupKey: string, now: number): Promise<IncidentWithDeliveries | null>;
  /** Takes the right to send, for `leaseMs`. One caller at a time, whatever the queue does. */
  claim(deliveryId: string, now: number, leaseMs: number): Promise<ClaimResult>;
  /**
   * Appends an attempt and moves the state; gives the lease back. `sent`, `dead` and `suppressed` are final. A worker
   * whose claim is not the latest may still say `sent` (it is true); anything else it says is dropped. Returns whether
   * the record was taken.
   */
  recordAttempt(deliveryId: string, record: AttemptRecord): Promise<boolean>;
  /** Ends a pending delivery as `dead` whoever holds it: its message was given up by the queue. */
  kill(deliveryId: string, reason: string, now: number): Promise<boolean>;
  /** Notes that the queue has taken the message and will show it at `dueAt`. */
  markEnqueued(deliveryIds: readonly string[], dueAt: number): Promise<void>;
  /** Pending deliveries that were due before `before`, oldest first: what a dead instance left behind. */
  stranded(before: number, limit: number): Promise<readonly Delivery[]>;
  /** Newest first; `before` is the last incident id of the page before. */
  list(filter: IncidentFilter): Promise<readonly IncidentWithDeliveries[]>;
  /** Keeps a queue message that nothing could handle. Idempotent by (queue, message id). */
  recordDeadLetter(letter: DeadLetter): Promise<void>;
  /** Newest first. */
  deadLetters(limit: number): Promise<readonly DeadLetter[]>;
}

export interface IncidentFilter {
  readonly state?: IncidentState | undefined;
  readonly limit: number;
  readonly before?: string | undefined;
}

export interface DeadLetter {
  readonly queue: string;
  readonly messageId: string;
  readonly body: string;
  readonly reason: string;
  readonly at: string;
}

/** Hands a delivery to the dispatch queue. At least once. */
export interface DeliveryQueue {
  enqueue(deliveryId: string, afterSeconds: number, signal: AbortSignal): Promise<void>;
}

/** What became of a queue message; the same shape as `QueueOutcome` of the http folder. */
export type DispatchOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "retry"; readonly afterSeconds: number }
  | { readonly kind: "dead"; readonly reason: string };
