/** Redis over its own protocol (RESP), alone or as a cluster. */
import type { RedisClientOptions } from "@redis/client";
import type { SharedCache } from "../../cache/ports.ts";
import {
  createRedisCache,
  type RedisCacheOptions,
  type RedisCommands,
} from "../redis-scripts/shared-cache.ts";

export interface RedisOptions extends Omit<RedisCacheOptions, "name"> {
  /** `redis://` or, encrypted, `rediss://`. */
  readonly url: string;
  /** Signs in with what this gives, and again before it ends; unset means what the URL says. */
  readonly credentials?: () => Promise<{
    readonly provider: NonNullable<RedisClientOptions["credentialsProvider"]>;
    end(): void;
  }>;
  readonly cluster: boolean;
}

/** What is used of a client, which a cluster's does as well. */
interface Client {
  evalSha(sha: string, call: ScriptCall): Promise<unknown>;
  eval(script: string, call: ScriptCall): Promise<unknown>;
  sendCommand<T>(command: string[], options?: typeof AS_BYTES): Promise<T>;
  exists(key: string): Promise<unknown>;
  subscribe(channel: string, heard: (message: string) => void): Promise<unknown>;
  on(event: "ready" | "node-ready", connected: () => void): unknown;
  destroy(): void;
}

interface Listener {
  readonly channel: string;
  heard(message: string): void;
  lost(): void;
}

interface ScriptCall {
  keys: string[];
  arguments: string[];
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A connection that carries nothing for so long, not even the answer to a ping, is given up and made anew. */
const SILENCE_MS = 5_000;
const PING_MS = 2_000;
const LONGEST_RETRY_MS = 1_000;

/** Strings of the protocol (RESP's `$`) come as bytes. */
const AS_BYTES = { typeMapping: { 36: Buffer } } as const;

/** Connects at the first use. */
export function createRedisSharedCache(options: RedisOptions): SharedCache {
  return createRedisCache(createRedisCommands(options), { ...options, name: "redis" });
}

type ConnectOptions = Omit<RedisOptions, keyof RedisCacheOptions>;

/** The client alone, for several caches over one connection. */
export function createRedisCommands(options: ConnectOptions): RedisCommands {
  const connection = connect(options);
  const { client } = connection;
  return {
    async run(script, keys, args) {
      const redis = await client();
      const call = { keys: [...keys], arguments: [...args] };
      try {
        return await redis.evalSha(script.sha, call);
      } catch (error) {
        // A server that was started anew has forgotten it.
        if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
        return redis.eval(script.source, call);
      }
    },
    // A cluster's nodes have clocks of their own.
    ...(!options.cluster && {
      plain: {
        get: (key: string) => {
          const get = (redis: Client) => redis.sendCommand<Buffer | null>(["GET", key], AS_BYTES);
          const redis = connection.ready();
          return redis === null ? client().then(get) : get(redis);
        },
        time: async () => {
          const redis = await client();
          const [seconds, micros] = await redis.sendCommand<[string, string]>(["TIME"]);
          return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
        },
      },
    }),
    subscribe: (channel, listener) => connection.listen({ channel, ...listener }),
    async ping() {
      const redis = await client();
      // A cluster has no PING of its own; any small command answers the question.
      await redis.exists("ping");
    },
    close: async () => connection.close(),
  };
}

interface Connection {
  /** Opened by the first who asks, and again where that failed. */
  client(): Promise<Client>;
  /** The same without waiting, once it is there. */
  ready(): Client | null;
  listen(listener: Listener): void;
  close(): void;
}

function connect(options: ConnectOptions): Connection {
  let opening: Promise<Client> | null = null;
  let ready: Client | null = null;
  let closed = false;
  const listeners: Listener[] = [];
  const openAndListen = async (): Promise<Client> => {
    const redis = await open(options);
    for (const listener of listeners) listen(redis, listener);
    ready = redis;
    return redis;
  };
  return {
    async client() {
      if (closed) throw new Error("the shared cache was closed");
      opening ??= openAndListen().catch((error: unknown) => {
        opening = null;
        throw error;
      });
      return opening;
    },
    ready: () => (closed ? null : ready),
    listen(listener) {
      listeners.push(listener);
      if (ready !== null) listen(ready, listener);
    },
    close() {
      closed = true;
      // One that never connected has nothing to wait for.
      opening?.then(
        (redis) => redis.destroy(),
        () => undefined,
      );
    },
  };
}

/** On the connection that commands go over: the protocol has room for both. */
function listen(redis: Client, { channel, heard, lost }: Listener): void {
  // Who may not subscribe finds out when he next looks.
  redis.subscribe(channel, heard).catch(() => undefined);
  redis.on("ready", lost);
  redis.on("node-ready", lost);
}

async function open(options: ConnectOptions): Promise<Client> {
  const sdk = await import("@redis/client");
  // CommonJS: bundled, all of it is the default export.
  const { createClient, createCluster } =
    (sdk as unknown as { default?: typeof sdk }).default ?? sdk;
  const credentials = await options.credentials?.();
  const common: RedisClientOptions = {
    // What cannot be sent now is of no use later.
    disableOfflineQueue: true,
    // The circuit waits no longer than its patience, and a silent connection is given up: a timer for each command is waste.
    commandOptions: { timeout: 0 },
    pingInterval: PING_MS,
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SILENCE_MS,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** Math.min(retries, 10), LONGEST_RETRY_MS),
    },
    ...(credentials && { credentialsProvider: credentials.provider }),
  };
  const client = options.cluster
    ? createCluster({ rootNodes: [{ url: options.url }], defaults: common })
    : createClient({ ...common, url: options.url });
  // The circuit says what is wrong, once; without a listener an error would end the process.
  client.on("error", () => undefined);
  // Not waited for: it keeps trying for ever, and commands fail at once until it is there.
  const connected = client.connect();
  connected.catch(() => undefined);
  await connected;
  const leave = client.destroy.bind(client);
  const destroy = () => {
    leave();
    credentials?.end();
  };
  return Object.assign(client, { destroy }) as unknown as Client;
}
