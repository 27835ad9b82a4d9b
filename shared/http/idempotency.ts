/** Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): one effect, one answer, however often a POST is sent. */
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import { sha256Hex } from "../kernel/digest.ts";
import type { IdempotencyMode } from "./definition.ts";
import type { Reply } from "./reply.ts";

export type Claim =
  | { readonly kind: "first" }
  | { readonly kind: "other_request" }
  | { readonly kind: "in_progress" }
  | { readonly kind: "done"; readonly reply: Reply | null };

/** Where claims live. A claim whose owner died is free again after `leaseMs`; all are forgotten after a day. */
export interface IdempotencyStore {
  claim(key: string, requestDigest: string, now: number, leaseMs: number): Promise<Claim>;
  complete(key: string, reply: Reply | null): Promise<void>;
  /** Gives the claim back after a failure, so that a repeat runs. */
  release(key: string): Promise<void>;
}

/** Longer than any request may run. */
const LEASE_MS = 240_000;
const KEY_FORMAT = /^[\x21-\x7e]{1,255}$/;

/** Runs `work` at most once per key, caller and route; a repeat gets the first answer. */
export async function once(
  store: IdempotencyStore,
  request: {
    key: string;
    route: string;
    /** Path and query as they came: the same body for another resource is another request. */
    target: string;
    body: Uint8Array | null;
    mode: IdempotencyMode;
  },
  ctx: CallContext,
  work: () => Promise<Reply>,
): Promise<Reply> {
  if (!KEY_FORMAT.test(request.key)) {
    throw new AppError(
      "request_invalid",
      "Idempotency-Key must be 1 to 255 printable characters.",
      {
        fields: [{ pointer: "/header/idempotency-key", message: "1 to 255 printable characters" }],
      },
    );
  }
  const key = sha256Hex(JSON.stringify([ctx.principal.id, request.route, request.key]));
  const claim = await store.claim(
    key,
    sha256Hex(JSON.stringify([request.target, sha256Hex(request.body ?? new Uint8Array())])),
    ctx.now,
    LEASE_MS,
  );
  switch (claim.kind) {
    case "other_request":
      throw new AppError(
        "idempotency_reused",
        "This Idempotency-Key was sent before with another body or for another resource.",
      );
    case "in_progress":
      throw new AppError(
        "idempotency_in_progress",
        "The first request with this Idempotency-Key has not ended.",
        { retryAfterSeconds: 1 },
      );
    case "done":
      if (request.mode === "secret")
        throw new AppError(
          "idempotency_secret",
          "The first request with this Idempotency-Key succeeded; its secret is not kept.",
        );
      return claim.reply === null
        ? work()
        : { ...claim.reply, headers: { ...claim.reply.headers, "idempotency-replayed": "true" } };
    case "first":
      return firstTime(store, key, request.mode, work);
  }
}

async function firstTime(
  store: IdempotencyStore,
  key: string,
  mode: IdempotencyMode,
  work: () => Promise<Reply>,
): Promise<Reply> {
  let reply: Reply;
  try {
    reply = await work();
  } catch (error) {
    await store.release(key);
    throw error;
  }
  await store.complete(key, mode === "replay" ? reply : null);
  return reply;
}
