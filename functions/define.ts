/** The three ways to define a trigger, bound to what this application is composed of. */
import type { z } from "zod";
import type { Deps } from "../shared/compose.ts";
import type {
  HttpDefinition,
  InputSchemas,
  QueueDefinition,
  TimerDefinition,
} from "../shared/http/definition.ts";

export type AppDeps = Deps;

export const defineHttp = <S extends InputSchemas>(
  definition: Omit<HttpDefinition<Deps, S>, "kind">,
): HttpDefinition<Deps, S> => ({ kind: "http", ...definition });

export const defineQueue = <M extends z.ZodType>(
  definition: Omit<QueueDefinition<Deps, M>, "kind">,
): QueueDefinition<Deps, M> => ({ kind: "queue", ...definition });

export const defineTimer = (
  definition: Omit<TimerDefinition<Deps>, "kind">,
): TimerDefinition<Deps> => ({ kind: "timer", ...definition });
