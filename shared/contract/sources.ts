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
});
export type PostgresConfig = z.output<typeof PostgresConfig>;
const PostgresCredentials = z.strictObject({
  user: Line(63),
  password: z.string().min(1).max(1_024),
});
export type PostgresCredentials = z.output<typeof PostgresCredentials>;

/** Storage names of Azure's clouds: a managed identity's token must go nowhere else. */
const STORAGE_HOST =
  /^[a-z0-9-]{3,63}\.(?:[a-z0-9]+\.)?(blob|dfs)\.(core\.(windows\.net|usgovcloudapi\.net|chinacloudapi\.cn)|storage\.azure\.net)$/;
const StorageUrl = z
  .url()
  .max(500)
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    return (
      url?.protocol === "https:" &&
      STORAGE_HOST.test(url.hostname) &&
      url.pathname === "/" &&
      !url.search &&
      !url.username
    );
  }, "an https URL of Azure Blob Storage or Data Lake Storage, such as https://account.dfs.core.windows.net");

/** How DuckDB names a table without quotes does not matter, but names that it would read as files are out. */
const LakeTableName = Line(63)
  .regex(/^[^A-Z/\\*?[\]:]+$/, "no capital letters and none of / \\ * ? [ ] :")
  .refine(
    (name) => !/\.[a-z0-9]{2,7}$/.test(name) && !/^(duckdb|pragma|sqlite|pg)_/.test(name),
    "must not look like a file or like a table of the engine",
  );
const LakeTable = z.strictObject({
  name: LakeTableName,
  path: z.string().min(1).max(1_024).regex(/^[^/]/, "must not begin with /").meta({
    description:
      "A file, a folder, or a pattern: `*` and `?` within a folder, `**` across folders, as in `sales/year=*/*.parquet`",
  }),
  format: z.enum(["parquet", "csv", "json"]).optional(),
  hive_partitioning: z.boolean().optional(),
  options: z
    .strictObject({
      union_by_name: z.boolean().optional(),
      header: z.boolean().optional(),
      delimiter: z.string().min(1).max(4).optional(),
      quote: z.string().max(1).optional(),
      escape: z.string().max(1).optional(),
      skip: z.int().min(0).max(1_000).optional(),
      null_text: z.string().max(100).optional(),
      all_text: z.boolean().optional(),
    })
    .default({}),
});
export type LakeTableConfig = z.output<typeof LakeTable>;

const DataLakeConfig = z.strictObject({
  account_url: StorageUrl.optional(),
  container: z.string().regex(/^(\$root|[a-z0-9](?:-?[a-z0-9]){2,62})$/, "a container's name"),
  tables: z
    .array(LakeTable)
    .min(1)
    .max(500)
    .refine(
      (tables) => new Set(tables.map(({ name }) => name)).size === tables.length,
      "two tables have the same name",
    )
    .optional()
    .meta({ description: "Left out: each folder and file at the top of the container is a table" }),
  memory_mb: z.int().min(64).max(16_384).default(512),
  threads: z.int().min(1).max(16).default(2),
  max_concurrent: z.int().min(1).max(16).default(2),
  cache_mb: z.int().min(16).max(1_048_576).default(4_096),
});
export type DataLakeConfig = z.output<typeof DataLakeConfig>;
const DataLakeCredentials = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("managed_identity"),
    client_id: z.uuid().optional(),
  }),
  z.strictObject({
    kind: z.literal("account_key"),
    account_key: z.base64().min(1).max(200),
  }),
  z.strictObject({ kind: z.literal("sas"), token: z.string().min(1).max(4_096) }),
  z.strictObject({
    kind: z.literal("connection_string"),
    connection_string: z.string().min(1).max(4_096),
  }),
]);
export type DataLakeCredentials = z.output<typeof DataLakeCredentials>;

export const SourceRequest = z.discriminatedUnion("type", [
  z.strictObject({
    source_id: Slug,
    type: z.literal("postgres"),
    config: PostgresConfig,
    credentials: PostgresCredentials,
  }),
  z
    .strictObject({
      source_id: Slug,
      type: z.literal("data_lake"),
      config: DataLakeConfig,
      credentials: DataLakeCredentials,
    })
    .refine(
      ({ config, credentials }) =>
        (config.account_url === undefined) === (credentials.kind === "connection_string"),
      {
        path: ["config", "account_url"],
        message: "must be given, but for a connection string, which names the account itself",
      },
    ),
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
export const SourceCheckAnswer = z.object({
  source_id: z.string(),
  ok: z.boolean(),
  latency_ms: z.number(),
  evidence: z.string(),
});
