/** What a Snowflake source is registered with. */
import * as z from "zod";
import { Line } from "../../contract/common.ts";
import {
  AnswerSettings,
  SourceCacheSettings,
  SourceLimits,
  ValueIndexSettings,
} from "../../contract/sources.ts";

/** `<organization>-<account>`, or the older locator with its region: what stands before `.snowflakecomputing.com`. */
const SnowflakeAccount = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/, "an account identifier");

export const SnowflakeConfig = z.strictObject({
  account: SnowflakeAccount,
  username: Line(255),
  role: Line(255).nullable().default(null).meta({
    description: "A role that may read and nothing more; the user's default role where absent",
  }),
  warehouse: Line(255),
  database: Line(255),
  schemas: z.array(Line(255)).min(1).max(50).default(["PUBLIC"]).meta({
    description:
      "Names as Snowflake stores them, mostly upper case; the first is the session's own",
  }),
  access_url: z
    .url({ protocol: /^https?$/ })
    .max(2_048)
    .nullable()
    .default(null)
    .meta({
      description:
        "For private link: the account's own address; subject to the rule for outgoing calls",
    }),
  max_connections: z.int().min(1).max(50).default(4),
  limits: SourceLimits.optional(),
  cache: SourceCacheSettings.optional(),
  value_index: ValueIndexSettings.optional(),
  answers: AnswerSettings.optional(),
});
export type SnowflakeConfig = z.output<typeof SnowflakeConfig>;
export const SnowflakeCredentials = z.strictObject({
  private_key: z.string().min(1).max(16_384).meta({
    description: "An RSA key in PEM (PKCS#8), which may be encrypted",
  }),
  passphrase: z.string().min(1).max(1_024).optional(),
});
export type SnowflakeCredentials = z.output<typeof SnowflakeCredentials>;
