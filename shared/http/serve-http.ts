/** The one way in over HTTP: authenticate, authorise, parse, run, answer. */
import type { Authenticator } from "../access/ports.ts";
import { AppError } from "../kernel/app-error.ts";
import type { Clock } from "../kernel/clock.ts";
import { type CallContext, type Principal, systemPrincipal } from "../kernel/context.ts";
import { newId } from "../kernel/ids.ts";
import { errorFields, type Logger } from "../kernel/logger.ts";
import type { Access, HttpDefinition, HttpOutput, InputSchemas } from "./definition.ts";
import { type IdempotencyStore, once } from "./idempotency.ts";
import { problemReply } from "./problem.ts";
import { readInput } from "./read-input.ts";
import { type IncomingRequest, isByteStream, type Reply } from "./reply.ts";

/** What serving needs, given once per process. `open` is awaited on every call and memoised by its owner. */
export interface HttpRuntime<Deps> {
  readonly clock: Clock;
  open(): Promise<{ deps: Deps; authenticator: Authenticator; idempotency: IdempotencyStore }>;
}

export interface Invocation {
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const ANONYMOUS: Principal = { ...systemPrincipal("anonymous"), permissions: new Set() };
const REQUEST_ID = /^[A-Za-z0-9._-]{8,128}$/;
/** Longer than any real key or token; a megabyte of header is refused before it is hashed. */
const MAX_CREDENTIAL = 8_192;

export async function serveHttp<Deps, S extends InputSchemas>(
  definition: HttpDefinition<Deps, S>,
  runtime: HttpRuntime<Deps>,
  request: IncomingRequest,
  invocation: Invocation,
): Promise<Reply> {
  const now = runtime.clock.now();
  const requestId = requestIdOf(request, now);
  let reply: Reply;
  try {
    const { deps, authenticator, idempotency } = definition.standalone
      ? alone<Deps>()
      : await runtime.open();
    const principal = await admit(definition.access, authenticator, request, now);
    const ctx: CallContext = {
      requestId,
      traceparent: request.header("traceparent"),
      principal,
      log: invocation.log,
      signal: invocation.signal,
      now,
    };
    reply = await run(definition, deps, idempotency, request, ctx);
  } catch (error) {
    reply = problemReply(error, requestId);
    logFailure(invocation.log, error, definition.name, requestId);
  }
  reply.headers["x-request-id"] = requestId;
  reply.headers["x-content-type-options"] = "nosniff";
  reply.headers["cache-control"] ??= "no-store";
  return reply;
}

type Opened<Deps> = Awaited<ReturnType<HttpRuntime<Deps>["open"]>>;

/** A standalone definition is public and uses none of these. */
function alone<Deps>(): Opened<Deps> {
  return {} as Opened<Deps>;
}

async function run<Deps, S extends InputSchemas>(
  definition: HttpDefinition<Deps, S>,
  deps: Deps,
  store: IdempotencyStore,
  request: IncomingRequest,
  ctx: CallContext,
): Promise<Reply> {
  const { input, bodyBytes } = await readInput(definition.input, request, definition.repeats);
  const work = async () => toReply(await definition.handle(deps, input, ctx));
  const key = definition.idempotency === "none" ? null : request.header("idempotency-key");
  if (key === null) return work();
  return once(
    store,
    {
      key,
      route: definition.name,
      target: targetOf(request.url),
      body: bodyBytes,
      mode: definition.idempotency,
    },
    ctx,
    work,
  );
}

/** Path and query, without the origin that a repeat may reach us by. */
function targetOf(url: string): string {
  const { pathname, search } = new URL(url, "http://localhost");
  return pathname + search;
}

function toReply(output: HttpOutput): Reply {
  const { body } = output;
  const headers: Record<string, string> = { ...output.headers };
  const status = output.status ?? (body === null ? 204 : 200);
  if (body === null) return { status, headers, body: null };
  headers["content-type"] ??= "application/json; charset=utf-8";
  return {
    status,
    headers,
    body:
      typeof body === "string" || body instanceof Uint8Array || isByteStream(body)
        ? body
        : JSON.stringify(body),
  };
}

/** @throws AppError unauthenticated or forbidden. */
async function admit(
  access: Access,
  authenticator: Authenticator,
  request: IncomingRequest,
  now: number,
): Promise<Principal> {
  if (access === "public") return ANONYMOUS;
  const credential = credentialOf(request);
  const principal = credential === null ? null : await authenticator.authenticate(credential, now);
  if (principal === null)
    throw new AppError(
      "unauthenticated",
      "Send a valid API key as X-API-Key or as Authorization: Bearer.",
    );
  if (access !== "authenticated" && !may(principal, access.permission)) {
    throw new AppError("forbidden", `This needs the permission ${access.permission}.`);
  }
  return principal;
}

export function may(principal: Principal, permission: string): boolean {
  return principal.permissions.has(permission) || principal.permissions.has("admin");
}

/** Two different credentials are no credential: whoever checks one and logs the other could be fooled. */
function credentialOf(request: IncomingRequest): string | null {
  const apiKey = request.header("x-api-key");
  const bearer = /^Bearer +(\S+)$/i.exec(request.header("authorization") ?? "")?.[1] ?? null;
  if (apiKey !== null && bearer !== null && apiKey !== bearer) return null;
  const credential = apiKey ?? bearer;
  return credential === null || credential.length > MAX_CREDENTIAL ? null : credential;
}

function requestIdOf(request: IncomingRequest, now: number): string {
  const given = request.header("x-request-id");
  return given !== null && REQUEST_ID.test(given) ? given : newId("req", now);
}

function logFailure(log: Logger, error: unknown, name: string, requestId: string): void {
  if (error instanceof AppError && error.status < 500) return;
  const known = error instanceof AppError;
  const fields = {
    function: name,
    request_id: requestId,
    code: known ? error.code : "internal",
    ...(known ? error.meta : {}),
    ...errorFields(known && error.cause ? error.cause : error),
  };
  if (known && error.code !== "internal") log.warn("request failed", fields);
  else log.error("request failed unexpectedly", fields);
}
