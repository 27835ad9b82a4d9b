/** A trigger is data: what it listens to, who may use it, what goes in and out, and the use-case behind it. */
import type { z } from "zod";
import type { Permission } from "../contract/permissions.ts";
import type { CallContext } from "../kernel/context.ts";

export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Who may call: nobody in particular, any valid credential, or holders of one permission. There is no default. */
export type Access = "public" | "authenticated" | { readonly permission: Permission };

/** Path and query values arrive as strings; body as parsed JSON. Absent parts are not read at all. */
export interface InputSchemas {
  readonly path?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
}

type Part<S extends InputSchemas, K extends keyof InputSchemas> = S[K] extends z.ZodType
  ? z.output<S[K]>
  : undefined;

export interface HttpInput<S extends InputSchemas> {
  readonly path: Part<S, "path">;
  readonly query: Part<S, "query">;
  readonly body: Part<S, "body">;
  /** The path of the URL as it came. */
  readonly rawPath: string;
  /** Lower-case names. */
  header(name: string): string | null;
}

/** What a handler gives back. A `string`, bytes or a ByteStream are sent as they are; anything else as JSON. */
export interface HttpOutput {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/**
 * `none`: the method is idempotent as it is. `replay`: an Idempotency-Key answers a repeat with the first answer.
 * `check`: a repeat runs again, but the key of another body is refused. `secret`: the answer holds a secret that is
 * not kept, so that a repeat is a conflict.
 */
export type IdempotencyMode = "none" | "replay" | "check" | "secret";

export interface HttpDefinition<Deps, S extends InputSchemas = InputSchemas> {
  readonly kind: "http";
  /** The function's name: kebab-case, unique. */
  readonly name: string;
  readonly method: HttpMethod;
  /** Below the `/api` prefix, in the Functions route syntax: `models/{id}`. */
  readonly route: string;
  readonly summary: string;
  readonly tag: string;
  readonly access: Access;
  readonly input: S;
  /** The body of a successful answer; null where it is not JSON. */
  readonly output: z.ZodType | null;
  readonly idempotency: IdempotencyMode;
  /** The same bodies come again and again and hold no secret: how the last few hundred read is remembered. */
  readonly repeats?: true;
  /** Answers from this process alone: it is served although nothing behind it can be opened, and is handed no deps. */
  readonly standalone?: true;
  handle(deps: Deps, input: HttpInput<S>, ctx: CallContext): Promise<HttpOutput>;
}

/** What became of a queue message. Throw only for what the host's own retries should see. */
export type QueueOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "retry"; readonly afterSeconds: number }
  | { readonly kind: "dead"; readonly reason: string };

export interface QueueDefinition<Deps, M extends z.ZodType = z.ZodType> {
  readonly kind: "queue";
  readonly name: string;
  readonly queue: string;
  readonly summary: string;
  readonly message: M;
  handle(
    deps: Deps,
    message: z.output<M>,
    meta: QueueMeta,
    ctx: CallContext,
  ): Promise<QueueOutcome>;
}

export interface QueueMeta {
  readonly messageId: string;
  /** 1 at the first delivery by the host. */
  readonly dequeueCount: number;
}

export interface TimerDefinition<Deps> {
  readonly kind: "timer";
  readonly name: string;
  /** NCRONTAB, six fields, UTC. */
  readonly schedule: string;
  readonly runOnStartup: boolean;
  readonly summary: string;
  handle(deps: Deps, ctx: CallContext): Promise<void>;
}

/** Runs once in every new instance before it takes traffic; an application has at most one. */
export interface WarmupDefinition<Deps> {
  readonly kind: "warmup";
  readonly name: string;
  readonly summary: string;
  handle(deps: Deps, ctx: CallContext): Promise<void>;
}

/** `handle` is written as a method, so that definitions of narrower input are assignable here. */
export type AnyDefinition<Deps> =
  | HttpDefinition<Deps>
  | QueueDefinition<Deps>
  | TimerDefinition<Deps>
  | WarmupDefinition<Deps>;
