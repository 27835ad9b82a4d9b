/** Reads the part of host.json that the local host obeys, with the real host's defaults. */
import { readFile } from "node:fs/promises";
import * as z from "zod";
import type { HostLogLevel } from "./host-log.ts";
import { isLogLevel } from "./host-log.ts";
import { parseTimespan } from "./timespan.ts";

export interface QueueSettings {
  readonly batchSize: number;
  readonly newBatchThreshold: number;
  readonly maxDequeueCount: number;
  readonly visibilityTimeoutMs: number;
  readonly maxPollingIntervalMs: number;
  readonly messageEncoding: "base64" | "none";
}

export interface HostSettings {
  readonly routePrefix: string;
  /** Undefined when host.json says `-1`: no limit. */
  readonly functionTimeoutMs: number | undefined;
  readonly logLevels: Readonly<Record<string, HostLogLevel>>;
  readonly queues: QueueSettings;
}

/**
 * The documented default is one minute, but `func start` runs as environment "Development",
 * where the queue extension lowers it to two seconds; a minute is a long wait at a desk.
 */
const developmentMaxPollingMs = 2_000;
/** Default of every plan but Consumption. */
const defaultFunctionTimeoutMs = 30 * 60_000;

const timespan = z.string().transform((text, ctx) => {
  const milliseconds = parseTimespan(text);
  if (milliseconds !== undefined) return milliseconds;
  ctx.addIssue({ code: "custom", message: `"${text}" is not a time span such as 00:05:00` });
  return z.NEVER;
});

const logLevel = z.string().transform((text, ctx): HostLogLevel => {
  const level = text.toLowerCase();
  if (isLogLevel(level)) return level;
  ctx.addIssue({ code: "custom", message: `"${text}" is not a log level` });
  return z.NEVER;
});

const hostJson = z.object({
  version: z.literal("2.0"),
  functionTimeout: z.union([z.literal("-1").transform(() => -1), timespan]).optional(),
  logging: z.object({ logLevel: z.record(z.string(), logLevel).optional() }).optional(),
  extensions: z
    .object({
      http: z.object({ routePrefix: z.string().optional() }).optional(),
      queues: z
        .object({
          batchSize: z.int().min(1).max(32).optional(),
          newBatchThreshold: z.int().min(0).optional(),
          maxDequeueCount: z.int().min(1).optional(),
          visibilityTimeout: timespan.optional(),
          maxPollingInterval: timespan.optional(),
          messageEncoding: z
            .string()
            .transform((text) => text.toLowerCase())
            .pipe(z.enum(["base64", "none"]))
            .optional(),
        })
        .optional(),
    })
    .optional(),
});

/** Throws one sentence that names the file and every bad setting. */
export async function readHostSettings(path: string): Promise<HostSettings> {
  const parsed = hostJson.safeParse(await readJson(path));
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`${path} is not a valid host.json: ${issues.join("; ")}.`);
  }
  const { extensions, logging, functionTimeout = defaultFunctionTimeoutMs } = parsed.data;
  return {
    routePrefix: (extensions?.http?.routePrefix ?? "api").replace(/^\/+|\/+$/g, ""),
    functionTimeoutMs: functionTimeout < 0 ? undefined : functionTimeout,
    logLevels: logging?.logLevel ?? {},
    queues: queueSettings(extensions?.queues ?? {}),
  };
}

type QueueJson = NonNullable<NonNullable<z.infer<typeof hostJson>["extensions"]>["queues"]>;

function queueSettings(json: QueueJson): QueueSettings {
  const batchSize = json.batchSize ?? 16;
  return {
    batchSize,
    newBatchThreshold: json.newBatchThreshold ?? Math.floor(batchSize / 2),
    maxDequeueCount: json.maxDequeueCount ?? 5,
    visibilityTimeoutMs: json.visibilityTimeout ?? 0,
    maxPollingIntervalMs: Math.max(json.maxPollingInterval ?? developmentMaxPollingMs, 100),
    messageEncoding: json.messageEncoding ?? "base64",
  };
}

/** Parses a JSON file; the error names the file. */
export async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8");
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw new Error(`${path} is not valid JSON: ${(cause as Error).message}`, { cause });
  }
}
