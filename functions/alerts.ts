/** Alerts: incidents, their delivery through the queue, and what could not be delivered. */

import { dispatchDelivery } from "../shared/alerts/dispatch-delivery.ts";
import { listIncidents } from "../shared/alerts/list-incidents.ts";
import { recordDeadLetter } from "../shared/alerts/record-dead-letter.ts";
import { sendTestAlert } from "../shared/alerts/send-test-alert.ts";
import { sweepStranded } from "../shared/alerts/sweep-stranded.ts";
import {
  AlertMessage,
  AlertTestAnswer,
  AlertTestRequest,
  DeadLetterList,
  DISPATCH_QUEUE,
  IncidentItem,
  IncidentQuery,
  PoisonMessage,
} from "../shared/contract/alerts.ts";
import { page } from "../shared/contract/common.ts";
import { poisonQueue } from "../shared/http/serve-queue.ts";
import { defineHttp, defineQueue, defineTimer } from "./define.ts";
import { toDeadLetter, toIncident, toPoisonLetter } from "./views/alerts.ts";

const tag = "Operations";
const read = { permission: "alerts:read" } as const;

export const incidents = defineHttp({
  name: "list-incidents",
  method: "GET",
  route: "alerts/incidents",
  tag,
  access: read,
  idempotency: "none",
  summary: "What is and was wrong, newest first, with what became of each notice",
  input: { query: IncidentQuery },
  output: page(IncidentItem),
  handle: async (deps, { query }, ctx) => {
    const { items, nextCursor } = await listIncidents(deps, query, ctx);
    return { body: { items: items.map(toIncident), nextCursor } };
  },
});

export const deadLetters = defineHttp({
  name: "list-dead-letters",
  method: "GET",
  route: "alerts/dead-letters",
  tag,
  access: read,
  idempotency: "none",
  summary: "Queue messages that nothing could handle",
  input: {},
  output: DeadLetterList,
  handle: async (deps) => ({
    body: { items: (await deps.incidents.deadLetters(100)).map(toDeadLetter) },
  }),
});

export const testAlert = defineHttp({
  name: "test-alert",
  method: "POST",
  route: "alerts/test",
  tag,
  access: { permission: "alerts:write" },
  idempotency: "replay",
  summary: "Send a test alert through the real queue and channels",
  input: { body: AlertTestRequest },
  output: AlertTestAnswer,
  handle: async (deps, { body }, ctx) => {
    const { incident, deliveries } = await sendTestAlert(deps, body, ctx);
    return {
      status: 202,
      body: {
        incident_id: incident.incidentId,
        deliveries: deliveries.map(({ deliveryId, channel }) => ({
          delivery_id: deliveryId,
          channel,
        })),
      },
    };
  },
});

export const alertDispatch = defineQueue({
  name: "alert-dispatch",
  queue: DISPATCH_QUEUE,
  message: AlertMessage,
  summary:
    "Delivers one notice over one channel; retries with back-off, gives up to the poison queue",
  handle: (deps, message, meta, ctx) => dispatchDelivery(deps, message, meta, ctx),
});

export const alertPoison = defineQueue({
  name: "alert-poison",
  queue: poisonQueue(DISPATCH_QUEUE),
  message: PoisonMessage,
  summary: "Records what could not be delivered, where people see it",
  handle: async (deps, message, meta, ctx) => {
    await recordDeadLetter(deps, toPoisonLetter(DISPATCH_QUEUE, message, meta), ctx);
    return { kind: "done" };
  },
});

export const alertSweep = defineTimer({
  name: "alert-sweep",
  schedule: "30 * * * * *",
  runOnStartup: true,
  summary: "Enqueues again what an instance wrote down but died before enqueuing",
  handle: async (deps, ctx) => {
    await sweepStranded(deps, ctx);
  },
});
