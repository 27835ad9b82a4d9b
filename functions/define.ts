/** The ways to define a trigger, bound to what this application is composed of. */
import type { z } from "zod";
import type { Deps } from "../shared/compose.ts";
import type {
  HttpDefinition,
  HttpInput,
  HttpOutput,
  InputSchemas,
  QueueDefinition,
  TimerDefinition,
  WarmupDefinition,
} from "../shared/http/definition.ts";
import type { CallContext } from "../shared/kernel/context.ts";

export type AppDeps = Deps;

export const defineHttp = <S extends InputSchemas>(
  definition: Omit<HttpDefinition<Deps, S>, "kind">,
): HttpDefinition<Deps, S> => ({ kind: "http", ...definition });

/** A public route that answers from this process alone, whatever became of the database. */
export const defineStandalone = <S extends InputSchemas>(
  definition: Omit<HttpDefinition<Deps, S>, "kind" | "access" | "idempotency" | "handle"> & {
    handle(input: HttpInput<S>, ctx: CallContext): Promise<HttpOutput>;
  },
): HttpDefinition<Deps, S> => ({
  ...definition,
  kind: "http",
  access: "public",
  idempotency: "none",
  standalone: true,
  handle: (_deps, input, ctx) => definition.handle(input, ctx),
});

export const defineQueue = <M extends z.ZodType>(
  definition: Omit<QueueDefinition<Deps, M>, "kind">,
): QueueDefinition<Deps, M> => ({ kind: "queue", ...definition });

export const defineTimer = (
  definition: Omit<TimerDefinition<Deps>, "kind">,
): TimerDefinition<Deps> => ({ kind: "timer", ...definition });

export const defineWarmup = (
  definition: Omit<WarmupDefinition<Deps>, "kind">,
): WarmupDefinition<Deps> => ({ kind: "warmup", ...definition });
