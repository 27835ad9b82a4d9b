/** Health with evidence. */
import * as z from "zod";
import { IsoTime } from "./common.ts";

export const HealthLevel = z.enum(["healthy", "degraded", "unhealthy"]);
export const HealthAnswer = z.object({
  status: HealthLevel,
  at: IsoTime,
  version: z.string(),
  components: z.array(
    z.object({
      name: z.string(),
      status: HealthLevel,
      evidence: z.string(),
      latency_ms: z.number(),
    }),
  ),
  models: z.array(
    z.object({
      model_id: z.string(),
      state: z.enum(["unknown", "healthy", "failing", "unhealthy"]),
      evidence: z.string(),
      latency_ms: z.number().nullable(),
      checked_at: IsoTime.nullable(),
    }),
  ),
});
export const LiveAnswer = z.object({ status: z.literal("live") });
export const ReadyAnswer = z.object({ status: z.literal("ready") });
