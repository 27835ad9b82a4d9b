/** What a PostgreSQL source is registered with. */
import * as z from "zod";
import { Line } from "../../contract/common.ts";
import {
  AnswerSettings,
  Host,
  SourceCacheSettings,
  SourceLimits,
  ValueIndexSettings,
} from "../../contract/sources.ts";

const Fields = z.strictObject({
  host: Host,
  port: z.int().min(1).max(65_535).default(5432),
  database: Line(63),
  ssl: z.enum(["require", "verify-full", "disable"]).default("verify-full").meta({
    description:
      "`require` encrypts without checking the certificate; `disable` is for a server on this machine",
  }),
  schemas: z.array(Line(63)).min(1).max(50).default(["public"]),
  pass_attributes: z.boolean().default(false).meta({
    description:
      "Set the caller's attributes as mcp.<name> in each transaction, for row rules of the source's own",
  }),
  max_connections: z.int().min(1).max(50).default(4),
  limits: SourceLimits.optional(),
  cache: SourceCacheSettings.optional(),
  value_index: ValueIndexSettings.optional(),
  answers: AnswerSettings.optional(),
});
/** Rows that the source shows to some only would be known to all by their values. */
export const PostgresConfig = Fields.refine(
  ({ pass_attributes, value_index }) => !(pass_attributes && value_index?.enabled),
  {
    error: "cannot go with pass_attributes: values are read for all callers",
    path: ["value_index"],
  },
);
export type PostgresConfig = z.output<typeof PostgresConfig>;

export const PostgresCredentials = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("password").optional(),
    user: Line(63),
    password: z.string().min(1).max(1_024),
  }),
  z.strictObject({
    kind: z.literal("managed_identity"),
    /** The role that `pgaadauth_create_principal` made for the identity. */
    user: Line(63),
    /** Of a user-assigned identity; left out, the one the platform itself signs in with. */
    client_id: z.uuid().optional(),
  }),
]);
export type PostgresCredentials = z.output<typeof PostgresCredentials>;
