/** Incidents, their deliveries, and the queue messages that carry them. */
import * as z from "zod";
import { IsoTime, Token } from "./common.ts";

/** The queue that carries notices to their channels. */
export const DISPATCH_QUEUE = "alert-dispatch";

export const AlertMessage = z.strictObject({
  delivery_id: z.string().regex(/^dlv_[0-9a-z]{1,60}$/, "delivery_id is not the id of a delivery"),
});
/** A poison message can be anything at all: it is kept, not parsed. */
export const PoisonMessage = z.unknown();

export const ChannelName = z.enum(["email", "slack", "pagerduty", "teams", "webhook", "console"]);
export const IncidentQuery = z.strictObject({
  state: z.enum(["open", "resolved"]).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: Token.optional(),
});
export const IncidentItem = z.object({
  incident_id: z.string(),
  dedup_key: z.string(),
  rule: z.string(),
  severity: z.enum(["critical", "error", "warning", "info"]),
  summary: z.string(),
  evidence: z.record(z.string(), z.json()),
  state: z.enum(["open", "resolved"]),
  opened_at: IsoTime,
  resolved_at: IsoTime.nullable(),
  deliveries: z.array(
    z.object({
      delivery_id: z.string(),
      event: z.enum(["opened", "resolved"]),
      channel: ChannelName,
      state: z.enum(["pending", "sent", "dead", "suppressed"]),
      attempts: z.array(z.object({ at: IsoTime, outcome: z.string() })),
      reason: z.string().nullable(),
    }),
  ),
});
export const DeadLetterItem = z.object({
  queue: z.string(),
  message_id: z.string(),
  body: z.string(),
  reason: z.string(),
  at: IsoTime,
});
export const DeadLetterList = z.object({ items: z.array(DeadLetterItem) });
export const AlertTestRequest = z.strictObject({
  channels: z.array(ChannelName).min(1).optional(),
});
export const AlertTestAnswer = z.object({
  incident_id: z.string(),
  deliveries: z.array(z.object({ delivery_id: z.string(), channel: ChannelName })),
});
