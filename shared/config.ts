/** The only reader of the environment: one schema, every key described, every bad key named and no value shown. */
import * as z from "zod";

const flag = z.enum(["true", "false"]).transform((text) => text === "true");
const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean),
);
const url = (protocol: RegExp) => z.url({ protocol });

const CREDENTIAL_KEY = /^[A-Za-z0-9+/]{43}=$/;
const web = url(/^https?$/);

export const ConfigSchema = z.object({
  MCP_ENVIRONMENT: z.enum(["local", "test", "live"]).default("local").meta({
    description: "Part of every API key, so that a key of one environment is refused in another",
  }),
  MCP_DATA_DIR: z
    .string()
    .min(1)
    .default(".mcp")
    .meta({ description: "Where the embedded defaults keep their state" }),
  DATABASE_URL: url(/^postgres(ql)?$/)
    .optional()
    .meta({
      description: "PostgreSQL for metadata; unset means the embedded database in MCP_DATA_DIR",
    }),
  DATABASE_MAX_CONNECTIONS: whole(1, 50).default(4).meta({
    description:
      "Connections of one instance to DATABASE_URL; instances times this must stay under the server's limit",
  }),
  DATABASE_AUTH: z.enum(["password", "entra"]).default("password").meta({
    description:
      "How to sign in to DATABASE_URL: the password in it, or an Entra ID token of its user, a managed identity",
  }),
  AZURE_CLIENT_ID: z.string().min(1).optional().meta({
    description:
      "Client id of the user-assigned identity that Entra ID tokens are asked for; unset means whoever is signed in here",
  }),
  BOOTSTRAP_ADMIN_KEY: z
    .string()
    .optional()
    .meta({ description: "An admin key of your choosing; `mcp keys generate` prints one" }),
  CREDENTIAL_KEY: z.string().regex(CREDENTIAL_KEY).optional().meta({
    description:
      "32 bytes in base64 that encrypt data-source credentials; unset means a key file in MCP_DATA_DIR",
  }),
  CREDENTIAL_KEYS_PREVIOUS: list
    .refine((keys) => keys.every((key) => CREDENTIAL_KEY.test(key)), "32 bytes in base64 each")
    .default([])
    .meta({
      description:
        "Earlier values of CREDENTIAL_KEY, by comma: they open what they sealed until it is sealed anew",
    }),
  SOURCE_PRIVILEGES: z.enum(["warn", "refuse_danger", "refuse"]).default("warn").meta({
    description:
      "What is done about a source whose login may do more than read: warn, refuse what could harm the server, refuse all",
  }),
  DEMO_SOURCE: flag.default(false).meta({ description: "Serve the sample data source `demo`" }),
  QUERY_MAX_BYTES: whole(1_024, 268_435_456)
    .default(16_777_216)
    .meta({ description: "The most bytes one query may bring back" }),
  CACHE_TTL_SECONDS: whole(0, 86_400)
    .default(300)
    .meta({ description: "How long a result may be served from the cache; 0 turns the cache off" }),
  CACHE_MAX_BYTES: whole(0, 4_294_967_296)
    .default(67_108_864)
    .meta({ description: "Memory that one instance gives to cached results" }),
  CACHE_FRESHNESS_MS: whole(0, 60_000).default(1_000).meta({
    description:
      "How long an instance may go without looking for changes of tables and for invalidations made on others",
  }),
  CACHE_LEASE_MS: whole(100, 60_000).default(3_000).meta({
    description: "What the death of an instance costs others that wait for a result it computed",
  }),
  CACHE_PREFIX: z
    .string()
    .regex(/^[\w.:-]{1,64}$/)
    .default("mcp")
    .meta({ description: "At the front of every key in Redis; give each deployment its own" }),
  CACHE_SHARED_MAX_ENTRY_BYTES: whole(1_024, 134_217_728)
    .default(4_194_304)
    .meta({ description: "The largest result that goes to Redis, compressed" }),
  REDIS_URL: url(/^rediss?$/)
    .optional()
    .meta({ description: "Shares the cache between instances: rediss://user:password@host:port" }),
  REDIS_AUTH: z.enum(["password", "entra"]).default("password").meta({
    description: "How REDIS_URL is signed in to: what the URL says, or Entra ID (managed identity)",
  }),
  REDIS_CLUSTER: flag
    .default(false)
    .meta({ description: "REDIS_URL is a node of a cluster (OSS cluster policy)" }),
  UPSTASH_REDIS_REST_URL: web
    .optional()
    .meta({ description: "Shares the cache between instances over HTTPS, instead of REDIS_URL" }),
  UPSTASH_REDIS_REST_TOKEN: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Token of UPSTASH_REDIS_REST_URL" }),
  LLM_PROVIDER: z.enum(["off", "openai", "azure-openai"]).default("off").meta({
    description:
      "The language model that is asked where the embedded engine is in doubt: none, OpenAI or what speaks as it does, Azure OpenAI",
  }),
  LLM_BASE_URL: web.optional().meta({
    description:
      "Where the language model is: https://api.openai.com/v1, or https://<resource>.openai.azure.com",
  }),
  LLM_MODEL: z
    .string()
    .regex(/^[\w.:/@-]{1,200}$/)
    .optional()
    .meta({ description: "Name of the language model; on Azure the name of the deployment" }),
  LLM_API_KEY: z.string().min(1).optional().meta({
    description: "Key of the language model; unset on Azure means the managed identity",
  }),
  LLM_API_VERSION: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}(-preview)?$/)
    .optional()
    .meta({
      description:
        "Version of Azure OpenAI's dated API, such as 2024-10-21; unset means its v1 API",
    }),
  LLM_TIMEOUT_MS: whole(1_000, 60_000).default(15_000).meta({
    description: "The most that a question waits for the language model, repairs included",
  }),
  LLM_MAX_OUTPUT_TOKENS: whole(100, 32_000).default(1_500).meta({
    description: "The longest answer of the language model, its thinking included",
  }),
  LLM_DAILY_TOKENS: whole(20_000, 10_000_000_000).default(500_000).meta({
    description: "What all instances together may use up in a day (UTC), in the provider's tokens",
  }),
  LLM_ASK_BELOW: z.coerce.number().min(0).max(1).default(0.6).meta({
    description: "The language model is asked where the engine's own answer is less sure than this",
  }),
  OUTBOUND_ALLOW: list.default([]).meta({
    description:
      "Networks (CIDR) and host names, by comma, that model endpoints and webhooks may reach although they are private",
  }),
  ALERT_CACHE_MISS_RATE: z.coerce.number().min(0).max(1).default(0.4).meta({
    description: "An incident opens where a source's cache misses more than this; 1 is never",
  }),
  ALERT_CACHE_MISS_WINDOW_MINUTES: whole(1, 1_440)
    .default(15)
    .meta({ description: "Over which the miss rate of a source is measured" }),
  ALERT_CACHE_MISS_MIN_QUERIES: whole(1, 1_000_000)
    .default(100)
    .meta({ description: "Fewer in that time tell nothing of the miss rate" }),
  ALERT_SLACK_WEBHOOK_URL: web
    .optional()
    .meta({ description: "Incoming webhook of a Slack channel" }),
  ALERT_TEAMS_WEBHOOK_URL: web
    .optional()
    .meta({ description: "Workflow webhook of a Teams channel" }),
  ALERT_PAGERDUTY_ROUTING_KEY: z
    .string()
    .min(8)
    .optional()
    .meta({ description: "Integration key of a PagerDuty service (Events API v2)" }),
  ALERT_PAGERDUTY_URL: web
    .default("https://events.pagerduty.com")
    .meta({ description: "The PagerDuty service; change it for the EU region" }),
  ALERT_WEBHOOK_URL: web.optional().meta({ description: "Where alerts are POSTed as signed JSON" }),
  ALERT_WEBHOOK_SECRET: z
    .string()
    .min(16)
    .optional()
    .meta({ description: "Signs the webhook (HMAC-SHA-256)" }),
  SMTP_URL: url(/^smtps?$/)
    .optional()
    .meta({ description: "Mail server for alerts: smtps://user:password@host:465" }),
  ALERT_EMAIL_FROM: z.string().min(3).optional().meta({ description: "Sender of alert mail" }),
  ALERT_EMAIL_TO: list.default([]).meta({ description: "Receivers of alert mail, by comma" }),
  AzureWebJobsStorage: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Connection string of the queue and blob storage (Azurite locally)" }),
  AzureWebJobsStorage__queueServiceUri: url(/^https?$/)
    .optional()
    .meta({
      description: "Queue endpoint where a managed identity is used instead of a connection string",
    }),
  AzureWebJobsStorage__blobServiceUri: url(/^https?$/)
    .optional()
    .meta({
      description: "Blob endpoint where a managed identity is used instead of a connection string",
    }),
  AzureWebJobsStorage__clientId: z
    .string()
    .optional()
    .meta({ description: "Client id of the user-assigned identity" }),
});

export type Config = z.output<typeof ConfigSchema>;

/** Rules between settings, which no single key can state. */
const CoherentConfig = ConfigSchema.superRefine((config, context) => {
  const fail = (key: keyof Config, message: string) =>
    context.addIssue({ code: "custom", path: [key], message });
  if (config.SMTP_URL && (!config.ALERT_EMAIL_FROM || config.ALERT_EMAIL_TO.length === 0))
    fail("SMTP_URL", "needs ALERT_EMAIL_FROM and ALERT_EMAIL_TO");
  if (config.ALERT_WEBHOOK_URL && !config.ALERT_WEBHOOK_SECRET)
    fail("ALERT_WEBHOOK_URL", "needs ALERT_WEBHOOK_SECRET");
  if (config.DATABASE_AUTH === "entra") {
    const trouble = entraTrouble(config.DATABASE_URL);
    if (trouble) fail("DATABASE_AUTH", trouble);
  }
  if (config.LLM_PROVIDER !== "off") {
    const trouble = modelTrouble(config);
    if (trouble) fail("LLM_PROVIDER", trouble);
  }
  if (config.UPSTASH_REDIS_REST_URL && !config.UPSTASH_REDIS_REST_TOKEN)
    fail("UPSTASH_REDIS_REST_URL", "needs UPSTASH_REDIS_REST_TOKEN");
  if (config.UPSTASH_REDIS_REST_URL && config.REDIS_URL)
    fail("UPSTASH_REDIS_REST_URL", "cannot go with REDIS_URL: there is one shared cache");
  if (config.MCP_ENVIRONMENT === "live" && !config.DATABASE_URL)
    fail("DATABASE_URL", "is required in the live environment");
  if (config.MCP_ENVIRONMENT === "live" && config.DEMO_SOURCE)
    fail("DEMO_SOURCE", "is not for the live environment");
  if (config.MCP_ENVIRONMENT === "live" && !config.CREDENTIAL_KEY)
    fail("CREDENTIAL_KEY", "is required in the live environment");
});

/** Why this language model cannot be asked, or must not, or null. */
function modelTrouble(config: z.output<typeof ConfigSchema>): string | null {
  if (!config.LLM_BASE_URL || !config.LLM_MODEL) return "needs LLM_BASE_URL and LLM_MODEL";
  const { protocol, hostname } = new URL(config.LLM_BASE_URL);
  const credential = config.LLM_API_KEY !== undefined || config.LLM_PROVIDER === "azure-openai";
  return credential && protocol === "http:" && !isLocal(hostname)
    ? "needs an https LLM_BASE_URL: a key or a token is sent there"
    : null;
}

const isLocal = (hostname: string): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);

/** Why a token cannot or must not be sent to this database, or null. */
function entraTrouble(databaseUrl: string | undefined): string | null {
  if (databaseUrl === undefined) return "entra needs DATABASE_URL";
  const { username, password, hostname, searchParams } = new URL(databaseUrl);
  if (username === "" || password !== "")
    return "entra needs a user and no password in DATABASE_URL: the token takes its place";
  return searchParams.get("sslmode") === "disable" && !isLocal(hostname)
    ? "entra needs TLS: sslmode=disable is for a server on this machine"
    : null;
}

/** @throws Error that lists every bad key, and no value: values may be secrets. */
export function loadConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const result = CoherentConfig.safeParse(given);
  if (result.success) return result.data;
  const lines = result.error.issues.map(
    (issue) => `  ${String(issue.path[0])}: ${describe(issue)}`,
  );
  throw new Error(`These settings are not valid:\n${[...new Set(lines)].join("\n")}`);
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === "custom") return issue.message;
  const key = String(issue.path[0]) as keyof Config;
  return `${issue.message}. ${ConfigSchema.shape[key]?.meta()?.description ?? ""}`.trim();
}

/** @throws Error as `loadConfig` does, and where the settings ask for the embedded database of a package that has none. */
export function readConfig(): Config {
  // biome-ignore lint/style/noProcessEnv: the only reader of the environment
  const config = loadConfig(process.env);
  const wanted = [
    ...(config.DATABASE_URL === undefined ? ["  DATABASE_URL: is required"] : []),
    ...(config.DEMO_SOURCE ? ["  DEMO_SOURCE: must be false"] : []),
  ];
  if (wanted.length === 0 || hasEmbeddedDatabase()) return config;
  throw new Error(
    `These settings are not valid:\n${wanted.map((line) => `${line}, as what is deployed does not carry the embedded database`).join("\n")}`,
  );
}

/** Asks where it lies and loads nothing: the package of a deployment leaves it out. */
function hasEmbeddedDatabase(): boolean {
  try {
    return import.meta.resolve("@electric-sql/pglite") !== "";
  } catch {
    return false;
  }
}
