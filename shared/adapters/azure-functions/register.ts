/** Registers definitions with the Azure Functions host and translates its requests, messages and logs. */
import { app, type HttpRequest, type InvocationContext } from "@azure/functions";
import type {
  AnyDefinition,
  HttpDefinition,
  QueueDefinition,
  TimerDefinition,
  WarmupDefinition,
} from "../../http/definition.ts";
import type { IncomingRequest } from "../../http/reply.ts";
import { type HttpRuntime, serveHttp } from "../../http/serve-http.ts";
import { type QueueSender, serveQueue, serveTimer } from "../../http/serve-queue.ts";
import { AppError } from "../../kernel/app-error.ts";
import type { LogFields, Logger } from "../../kernel/logger.ts";
import { type HttpPeer, peerOf, watchConnections } from "./http-peer.ts";
import { toLeanResponse } from "./lean-response.ts";

type Runtime<Deps> = HttpRuntime<Deps & { queueSender: QueueSender }>;

/** The setting that names the queue storage; a connection string locally, an identity's endpoint in Azure. */
const CONNECTION = "AzureWebJobsStorage";

export function registerAll<Deps>(
  definitions: readonly AnyDefinition<Deps>[],
  runtime: Runtime<Deps>,
  onTerminate: () => Promise<void>,
): void {
  app.setup({ enableHttpStream: true });
  watchConnections();
  for (const definition of definitions) {
    if (definition.kind === "http") registerHttp(definition, runtime);
    else if (definition.kind === "queue") registerQueue(definition, runtime);
    else if (definition.kind === "timer") registerTimer(definition, runtime);
    else registerWarmup(definition, runtime);
  }
  app.hook.appTerminate(onTerminate);
}

function registerHttp<Deps>(definition: HttpDefinition<Deps>, runtime: Runtime<Deps>): void {
  app.http(definition.name, {
    methods: [definition.method],
    route: definition.route,
    // The platform's own keys guard every route: the definition's `access` says how.
    authLevel: "anonymous",
    handler: async (request, context) => {
      const peer = peerOf(context.invocationId);
      const invocation = { log: toLogger(context), signal: peer.signal };
      return toLeanResponse(
        await serveHttp(definition, runtime, toIncoming(request, peer), invocation),
        peer.drained,
      );
    },
  });
}

function registerQueue<Deps>(definition: QueueDefinition<Deps>, runtime: Runtime<Deps>): void {
  app.storageQueue(definition.name, {
    queueName: definition.queue,
    connection: CONNECTION,
    handler: async (message, context) => {
      const { id, dequeueCount } = context.triggerMetadata ?? {};
      const meta = {
        messageId: String(id ?? context.invocationId),
        dequeueCount: Number(dequeueCount ?? 1),
      };
      await serveQueue(definition, runtime, message, meta, {
        log: toLogger(context),
        signal: never,
      });
    },
  });
}

function registerTimer<Deps>(definition: TimerDefinition<Deps>, runtime: Runtime<Deps>): void {
  app.timer(definition.name, {
    schedule: definition.schedule,
    runOnStartup: definition.runOnStartup,
    handler: async (_timer, context) =>
      serveTimer(definition, runtime, { log: toLogger(context), signal: never }),
  });
}

function registerWarmup<Deps>(definition: WarmupDefinition<Deps>, runtime: Runtime<Deps>): void {
  app.warmup(definition.name, {
    handler: async (_event, context) =>
      serveTimer(definition, runtime, { log: toLogger(context), signal: never }),
  });
}

const never = new AbortController().signal;

function toIncoming(request: HttpRequest, peer: HttpPeer): IncomingRequest {
  return {
    method: request.method,
    url: peer.url ?? request.url,
    params: request.params,
    header: peer.header ?? ((name) => request.headers.get(name)),
    bytes: (limit) => peer.readBody(limit) ?? readBytes(request, limit),
  };
}

/** A declared length was checked by the caller; without one the stream is counted as it comes. */
async function readBytes(request: HttpRequest, limit: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array(0);
  if (request.headers.has("content-length")) return new Uint8Array(await request.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > limit)
      throw new AppError("body_too_large", `The body may hold at most ${limit} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function toLogger(context: InvocationContext): Logger {
  const line = (message: string, fields: LogFields | undefined) =>
    fields === undefined ? message : `${message} ${JSON.stringify(fields)}`;
  return {
    info: (message, fields) => context.info(line(message, fields)),
    warn: (message, fields) => context.warn(line(message, fields)),
    error: (message, fields) => context.error(line(message, fields)),
  };
}
