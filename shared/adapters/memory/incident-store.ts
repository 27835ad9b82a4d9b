/** Incidents and deliveries in memory: the fake that passes the same contract suite as PostgreSQL. */
import { nextDeliveryState } from "../../alerts/delivery-state.ts";
import { nextCondition } from "../../alerts/incident-state.ts";
import { isRepeatDue, judgeClaim, openingDueAt, planResolve } from "../../alerts/notice-plan.ts";
import type {
  ChannelName,
  DeadLetter,
  Delivery,
  DeliveryEvent,
  Incident,
  IncidentStore,
  IncidentWithDeliveries,
  NewIncident,
} from "../../alerts/ports.ts";
import { newId } from "../../kernel/ids.ts";

interface StoredIncident {
  incident: Incident;
  /** When the last opening notice is or was due; null where it was suppressed. */
  notifiedAt: number | null;
}

interface StoredDelivery {
  delivery: Delivery;
  claim: number;
  leasedUntil: number | null;
}

interface Tables {
  readonly incidents: Map<string, StoredIncident>;
  readonly deliveries: Map<string, StoredDelivery>;
  readonly letters: Map<string, DeadLetter>;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** Every method does its work without awaiting in between, which is what makes it atomic. */
export function createMemoryIncidentStore(): IncidentStore {
  const tables: Tables = { incidents: new Map(), deliveries: new Map(), letters: new Map() };
  return { ...incidentMethods(tables), ...deliveryMethods(tables), ...letterMethods(tables) };
}

type IncidentMethods = Pick<IncidentStore, "open" | "resolve" | "list">;

function incidentMethods(tables: Tables): IncidentMethods {
  return {
    async open(input, channels, now, intervals) {
      const ofKey = [...tables.incidents.values()].filter(
        (one) => one.incident.dedupKey === input.dedupKey,
      );
      const current = ofKey.find((one) => one.incident.state === "open");
      const repeat = current !== undefined && isRepeatDue(current.notifiedAt, now, intervals);
      const step = nextCondition(
        current === undefined ? "none" : "open",
        repeat ? "fired-after-repeat-interval" : "fired",
      );
      if (step.notice === null) return null;
      const last = Math.max(...ofKey.map((one) => one.notifiedAt ?? 0));
      const dueAt = step.begins ? openingDueAt(last > 0 ? last : null, now, intervals) : now;
      const stored = current ?? addIncident(tables, input, now);
      stored.notifiedAt = dueAt;
      return withDeliveries(
        stored.incident,
        addDeliveries(tables, stored.incident, step.notice, channels, now, dueAt),
      );
    },
    async resolve(dedupKey, now) {
      const stored = [...tables.incidents.values()].find(
        (one) => one.incident.dedupKey === dedupKey && one.incident.state === "open",
      );
      if (stored === undefined) return null;
      stored.incident = { ...stored.incident, state: "resolved", resolvedAt: iso(now) };
      const plan = planResolve(deliveriesOf(tables, stored.incident), now);
      for (const id of plan.suppress) suppress(tables, id);
      if (plan.suppress.length > 0) stored.notifiedAt = null;
      return withDeliveries(
        stored.incident,
        addDeliveries(tables, stored.incident, "resolved", plan.tell, now, now),
      );
    },
    async list({ state, limit, before }) {
      return [...tables.incidents.values()]
        .map(({ incident }) => incident)
        .filter(
          (one) =>
            (state === undefined || one.state === state) &&
            (before === undefined || one.incidentId < before),
        )
        .sort((a, b) => (a.incidentId < b.incidentId ? 1 : -1))
        .slice(0, limit)
        .map((incident) => withDeliveries(incident, deliveriesOf(tables, incident)));
    },
  };
}

type DeliveryMethods = Pick<
  IncidentStore,
  "claim" | "recordAttempt" | "kill" | "markEnqueued" | "stranded"
>;

function deliveryMethods(tables: Tables): DeliveryMethods {
  return {
    async claim(deliveryId, now, leaseMs) {
      const stored = tables.deliveries.get(deliveryId);
      const { result, postponeTo } = judgeClaim(
        stored === undefined ? null : claimView(tables, stored),
        now,
      );
      if (stored !== undefined && postponeTo !== null)
        stored.delivery = { ...stored.delivery, dueAt: iso(postponeTo) };
      if (stored !== undefined && result.kind === "claimed") {
        stored.claim = result.claim;
        stored.leasedUntil = now + leaseMs;
      }
      return result;
    },
    async recordAttempt(deliveryId, { claim, attempt, event, reason, dueAt }) {
      const stored = tables.deliveries.get(deliveryId);
      if (stored === undefined || stored.delivery.state !== "pending") return false;
      if (stored.claim !== claim && event !== "sent") return false;
      const { delivery } = stored;
      stored.delivery = {
        ...delivery,
        attempts: [...delivery.attempts, attempt],
        state: nextDeliveryState(delivery.state, event),
        reason,
        dueAt: event === "retried" ? iso(dueAt) : delivery.dueAt,
      };
      stored.leasedUntil = null;
      return true;
    },
    async kill(deliveryId, reason) {
      const stored = tables.deliveries.get(deliveryId);
      if (stored === undefined || stored.delivery.state !== "pending") return false;
      stored.delivery = {
        ...stored.delivery,
        state: nextDeliveryState("pending", "failed"),
        reason,
      };
      return true;
    },
    async markEnqueued(deliveryIds, dueAt) {
      for (const id of deliveryIds) {
        const stored = tables.deliveries.get(id);
        if (stored?.delivery.state === "pending")
          stored.delivery = { ...stored.delivery, dueAt: iso(dueAt) };
      }
    },
    async stranded(before, limit) {
      return [...tables.deliveries.values()]
        .map(({ delivery }) => delivery)
        .filter((one) => one.state === "pending" && Date.parse(one.dueAt) < before)
        .sort((a, b) => a.dueAt.localeCompare(b.dueAt))
        .slice(0, limit);
    },
  };
}

type LetterMethods = Pick<IncidentStore, "recordDeadLetter" | "deadLetters">;

function letterMethods({ letters }: Tables): LetterMethods {
  return {
    async recordDeadLetter(letter) {
      const key = JSON.stringify([letter.queue, letter.messageId]);
      if (!letters.has(key)) letters.set(key, letter);
    },
    async deadLetters(limit) {
      return [...letters.values()].sort((a, b) => b.at.localeCompare(a.at)).slice(0, limit);
    },
  };
}

function addIncident(tables: Tables, input: NewIncident, now: number): StoredIncident {
  const incident: Incident = {
    ...input,
    incidentId: newId("inc", now),
    state: "open",
    openedAt: iso(now),
    resolvedAt: null,
  };
  const stored = { incident, notifiedAt: null };
  tables.incidents.set(incident.incidentId, stored);
  return stored;
}

function addDeliveries(
  tables: Tables,
  { incidentId }: Incident,
  event: DeliveryEvent,
  channels: readonly ChannelName[],
  now: number,
  dueAt: number,
): Delivery[] {
  return channels.map((channel) => {
    const deliveryId = newId("dlv", now);
    const delivery: Delivery = {
      deliveryId,
      incidentId,
      event,
      channel,
      state: "pending",
      attempts: [],
      reason: null,
      dueAt: iso(dueAt),
    };
    tables.deliveries.set(deliveryId, { delivery, claim: 0, leasedUntil: null });
    return delivery;
  });
}

function suppress(tables: Tables, deliveryId: string): void {
  const stored = tables.deliveries.get(deliveryId);
  if (stored === undefined) return;
  stored.delivery = {
    ...stored.delivery,
    state: nextDeliveryState(stored.delivery.state, "suppressed"),
    reason: "ended before it was due",
  };
}

function claimView(tables: Tables, stored: StoredDelivery) {
  const { incidentId, channel, deliveryId } = stored.delivery;
  const incident = tables.incidents.get(incidentId)?.incident;
  if (incident === undefined) return null;
  const openings = deliveriesOf(tables, incident).filter(
    (one) =>
      one.event === "opened" &&
      one.channel === channel &&
      one.state === "pending" &&
      one.deliveryId !== deliveryId,
  );
  const openingDueAt =
    openings.length === 0 ? null : Math.max(...openings.map((one) => Date.parse(one.dueAt)));
  return { ...stored, incident, openingDueAt };
}

function deliveriesOf(tables: Tables, { incidentId }: Incident): Delivery[] {
  return [...tables.deliveries.values()]
    .map(({ delivery }) => delivery)
    .filter((one) => one.incidentId === incidentId);
}

function withDeliveries(
  incident: Incident,
  deliveries: readonly Delivery[],
): IncidentWithDeliveries {
  return { incident, deliveries };
}
