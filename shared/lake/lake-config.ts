/** What registering a data lake asks for: the account, the container, its tables, and what queries may take. */
import * as z from "zod";
import { Line } from "../contract/common.ts";
import {
  AnswerSettings,
  SourceCacheSettings,
  SourceLimits,
  ValueIndexSettings,
} from "../contract/sources.ts";

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

export const DataLakeConfig = z.strictObject({
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
  max_connections: z.int().min(1).max(16).default(2),
  limits: SourceLimits.optional(),
  cache: SourceCacheSettings.optional(),
  value_index: ValueIndexSettings.optional(),
  answers: AnswerSettings.optional(),
  cache_mb: z.int().min(16).max(1_048_576).default(4_096),
});
export type DataLakeConfig = z.output<typeof DataLakeConfig>;
export const DataLakeCredentials = z.discriminatedUnion("kind", [
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
