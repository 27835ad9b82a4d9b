/** Data sources: registration with write-only credentials, schema, check. */
import * as z from "zod";
import { IsoTime, Slug } from "./common.ts";

/** A name or an address. A path would be a Unix socket, where the server takes this process's word for who it is. */
export const Host = z
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

/** What one query may take from a source, whatever it asks for; and how many may run at once on one instance. */
export const SourceLimits = z.strictObject({
  max_rows: z.int().min(1).optional(),
  max_bytes: z.int().min(1_024).optional(),
  timeout_ms: z.int().min(1).optional(),
  concurrency: z.int().min(1).max(200).optional(),
});
export type SourceLimits = z.output<typeof SourceLimits>;

/** Which stored values questions may name: read from the source itself, bounded, and without those of persons. */
export const ValueIndexSettings = z.strictObject({
  enabled: z.boolean(),
  max_values_per_column: z.int().min(1).max(10_000).default(1_000),
  max_value_length: z.int().min(1).max(200).default(60),
  max_total_values: z.int().min(1).max(200_000).default(50_000),
  refresh_minutes: z.int().min(1).max(1_440).default(60).meta({
    description:
      "How old the values may be before they are read again; a refresh reads them at once",
  }),
  exclude: z.array(z.string().min(1).max(300)).max(500).default([]).meta({
    description: "`schema.table.column`, where `*` stands for any characters: `*.customers.*`",
  }),
  pii: z.enum(["skip", "include"]).default("skip").meta({
    description:
      "`skip` leaves out what looks like a person's data or a secret, by name or by content",
  }),
});
export type ValueIndexSettings = z.output<typeof ValueIndexSettings>;

/** How sure an answer to a question must be: chances, 0 to 1. */
export const AnswerSettings = z
  .strictObject({
    answer_from: z.number().min(0).max(1).default(0.7).meta({
      description: "From this chance on a question is answered",
    }),
    ask_back_from: z.number().min(0).max(1).default(0.3).meta({
      description:
        "From this chance on it is asked back; below, the answer is that it is not known",
    }),
    compare_options: z.boolean().exactOptional().meta({
      description:
        "Run what a question is asked back with, to offer only what differs in result; on unless each statement is billed",
    }),
  })
  .refine((one) => one.ask_back_from <= one.answer_from, {
    error: "must not be above answer_from",
    path: ["ask_back_from"],
  });
export type AnswerSettings = z.output<typeof AnswerSettings>;

/** What `config` and `credentials` hold is the type's own affair, and is checked as strictly: see docs/sources/. */
export const SourceRequest = z.strictObject({
  source_id: Slug,
  type: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,31}$/)
    .meta({ description: "postgres, snowflake, data_lake, or a kind that was added" }),
  config: z.record(z.string(), z.json()),
  credentials: z
    .record(z.string(), z.json())
    .meta({ description: "Encrypted at rest, and never shown again" }),
});
export type SourceRequest = z.output<typeof SourceRequest>;

export const Source = z.object({
  source_id: z.string(),
  type: z.string(),
  config: z.record(z.string(), z.json()),
  builtin: z.boolean(),
  created_at: IsoTime,
});
/** Something that the source's login could do and that reading does not need. */
export const PrivilegeFinding = z.object({
  severity: z.enum(["warning", "danger"]),
  privilege: z.string(),
  evidence: z.string(),
});
export const RegisteredSource = Source.extend({ privileges: z.array(PrivilegeFinding) });
/** The form that the source's type asks for, as at its registration. */
export const CredentialsRequest = z.strictObject({ credentials: z.record(z.string(), z.json()) });
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
  privileges: z
    .array(PrivilegeFinding)
    .meta({ description: "What the login could do beyond reading; empty is how it should be" }),
});
