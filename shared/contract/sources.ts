/** Data sources: registration with write-only credentials, schema, check. */
import { z } from "zod";
import { IsoTime, Line, Slug } from "./common.ts";

/** A name or an address. A path would be a Unix socket, where the server takes this process's word for who it is. */
const Host = z
  .string()
  .max(253)
  .regex(
    /^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$/,
    "a host name or an IP address",
  );

/** How results of one source are cached, where it differs from the installation's settings. */
export const SourceCacheSettings = z.strictObject({
  ttl_seconds: z.int().min(0).max(86_400).exactOptional().meta({
    description: "How long a result may be served; 0 caches nothing of this source",
  }),
  freshness_ms: z.int().min(0).max(3_600_000).exactOptional().meta({
    description:
      "How long tables are taken to be unchanged before they are looked at again; 0 looks every time",
  }),
  max_entry_bytes: z.int().min(0).max(268_435_456).exactOptional().meta({
    description: "The largest result that is kept",
  }),
});

const PostgresConfig = z.strictObject({
  host: Host,
  port: z.int().min(1).max(65_535).default(5432),
  database: Line(63),
  ssl: z.enum(["require", "verify-full", "disable"]).default("verify-full").meta({
    description:
      "`require` encrypts without checking the certificate; `disable` is for a server on this machine",
  }),
  schemas: z.array(Line(63)).min(1).max(50).default(["public"]),
  max_connections: z.int().min(1).max(50).default(4),
  cache: SourceCacheSettings.exactOptional(),
});
export type PostgresConfig = z.output<typeof PostgresConfig>;
const PostgresCredentials = z.strictObject({
  user: Line(63),
  password: z.string().min(1).max(1_024),
});
export type PostgresCredentials = z.output<typeof PostgresCredentials>;

export const SourceRequest = z.discriminatedUnion("type", [
  z.strictObject({
    source_id: Slug,
    type: z.literal("postgres"),
    config: PostgresConfig,
    credentials: PostgresCredentials,
  }),
]);
export type SourceRequest = z.output<typeof SourceRequest>;

export const Source = z.object({
  source_id: z.string(),
  type: z.enum(["postgres", "snowflake", "data_lake", "embedded"]),
  config: z.record(z.string(), z.json()),
  builtin: z.boolean(),
  created_at: IsoTime,
});
export const SourcePath = z.strictObject({ id: Slug });
export const SchemaQuery = z.strictObject({
  detail: z.enum(["names", "summary", "full"]).default("summary"),
});
export const SchemaAnswer = z.object({
  source_id: z.string(),
  version: z.string(),
  tables: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(["table", "view"]).optional(),
      comment: z.string().optional(),
      estimated_rows: z.number().optional(),
      columns: z
        .array(
          z.union([
            z.string(),
            z.object({
              name: z.string(),
              type: z.string(),
              nullable: z.boolean(),
              comment: z.string().optional(),
              values: z.array(z.string()).optional(),
            }),
          ]),
        )
        .optional(),
      primary_key: z.array(z.string()).optional(),
      foreign_keys: z
        .array(z.object({ columns: z.array(z.string()), references: z.string() }))
        .optional(),
    }),
  ),
});
export const ChangeTriggersAnswer = z.object({
  source_id: z.string(),
  install: z.string().meta({ description: "SQL to be run by the owner of the tables" }),
  remove: z.string(),
});
export const SourceCheckAnswer = z.object({
  source_id: z.string(),
  ok: z.boolean(),
  latency_ms: z.number(),
  evidence: z.string(),
});
