/** Upstash: Redis over HTTPS, for where no connection can be held. */
import type { Redis } from "@upstash/redis";
import type { SharedCache } from "../../cache/ports.ts";
import {
  createRedisCache,
  type RedisCacheOptions,
  type RedisCommands,
} from "../redis-scripts/shared-cache.ts";

export interface UpstashOptions extends Omit<RedisCacheOptions, "name"> {
  readonly url: string;
  readonly token: string;
}

/** Nobody waits as long as this: see the cache's circuit. It ends what would stay open for ever. */
const REQUEST_LIMIT_MS = 2_000;

export function createUpstashSharedCache(options: UpstashOptions): SharedCache {
  return createRedisCache(createCommands(options), { ...options, name: "upstash" });
}

function createCommands({ url, token }: UpstashOptions): RedisCommands {
  let opening: Promise<Redis> | null = null;
  const client = (): Promise<Redis> => {
    opening ??= open(url, token);
    return opening;
  };
  return {
    async run(script, keys, args) {
      const redis = await client();
      try {
        return await redis.evalsha(script.sha, [...keys], [...args]);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.includes("NOSCRIPT")) throw error;
        return redis.eval(script.source, [...keys], [...args]);
      }
    },
    plain: {
      get: async (key) => (await client()).get<string>(key),
      time: async () => {
        const [seconds, micros] = await (await client()).time();
        return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
      },
    },
    ping: async () => {
      await (await client()).ping();
    },
    close: async () => undefined,
  };
}

async function open(url: string, token: string): Promise<Redis> {
  const { Redis } = await import("@upstash/redis");
  return new Redis({
    url,
    token,
    // Entries are text of our own and stay it.
    automaticDeserialization: false,
    responseEncoding: false,
    enableTelemetry: false,
    enableAutoPipelining: false,
    retry: false,
    signal: () => AbortSignal.timeout(REQUEST_LIMIT_MS),
  });
}
