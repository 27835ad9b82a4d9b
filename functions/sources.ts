/** Data sources: register, list, inspect, check, remove. */
import * as z from "zod";
import {
  ChangeTriggersAnswer,
  CredentialsRequest,
  RegisteredSource,
  SchemaAnswer,
  SchemaQuery,
  Source,
  SourceCheckAnswer,
  SourcePath,
  SourceRequest,
} from "../shared/contract/sources.ts";
import { AppError } from "../shared/kernel/app-error.ts";
import { accessTo } from "../shared/policy/access-to.ts";
import { registerSource, removeSource } from "../shared/sources/register-source.ts";
import { rewrapCredentials, rotateCredentials } from "../shared/sources/rotate-credentials.ts";
import { defineHttp, defineTimer } from "./define.ts";
import { toSchemaAnswer, toSource, toSourceCheck } from "./views/sources.ts";

const tag = "Sources";
const read = { permission: "sources:read" } as const;
const write = { permission: "sources:write" } as const;

export const addSource = defineHttp({
  name: "register-source",
  method: "POST",
  route: "sources",
  tag,
  access: write,
  idempotency: "replay",
  summary: "Register a data source; it must answer, and its credentials are never shown again",
  input: { body: SourceRequest },
  output: RegisteredSource,
  handle: async (deps, { body }, ctx) => {
    const { record, probe } = await registerSource(deps, body, ctx);
    return { status: 201, body: { ...toSource(record), privileges: [...probe.findings] } };
  },
});

export const listSources = defineHttp({
  name: "list-sources",
  method: "GET",
  route: "sources",
  tag,
  access: read,
  idempotency: "none",
  summary: "The sources this credential may see",
  input: {},
  output: z.object({ items: z.array(Source), nextCursor: z.null() }),
  handle: async (deps, _input, ctx) => ({
    body: { items: (await deps.sources.visible(ctx.principal)).map(toSource), nextCursor: null },
  }),
});

export const sourceSchema = defineHttp({
  name: "source-schema",
  method: "GET",
  route: "sources/{id}/schema",
  tag,
  access: read,
  idempotency: "none",
  summary: "Tables, columns and keys: names only, a summary, or in full",
  input: { path: SourcePath, query: SchemaQuery },
  output: SchemaAnswer,
  handle: async (deps, { path, query }, ctx) => {
    const source = await deps.sources.resolve(path.id, ctx.principal);
    return {
      body: toSchemaAnswer(path.id, (await accessTo(deps, source, ctx)).schema, query.detail),
    };
  },
});

export const checkSource = defineHttp({
  name: "check-source",
  method: "POST",
  route: "sources/{id}/check",
  tag,
  access: write,
  idempotency: "none",
  summary: "Does the source answer, and how fast",
  input: { path: SourcePath },
  output: SourceCheckAnswer,
  handle: async (deps, { path }, ctx) => {
    const source = await deps.sources.resolve(path.id, ctx.principal);
    const check = await source.adapter.check(ctx.signal);
    const privileges = check.ok ? await source.adapter.privileges(ctx.signal) : [];
    return { body: toSourceCheck(path.id, check, privileges) };
  },
});

export const rotateSourceCredentials = defineHttp({
  name: "rotate-source-credentials",
  method: "PUT",
  route: "sources/{id}/credentials",
  tag,
  access: write,
  idempotency: "none",
  summary:
    "Give a source new credentials; they must answer, and queries that run are not disturbed",
  input: { path: SourcePath, body: CredentialsRequest },
  output: SourceCheckAnswer,
  handle: async (deps, { path, body }, ctx) => {
    const { check, findings } = await rotateCredentials(deps, path.id, body.credentials, ctx);
    return { body: toSourceCheck(path.id, check, findings) };
  },
});

export const rewrapSourceCredentials = defineTimer({
  name: "rewrap-source-credentials",
  schedule: "0 23 * * * *",
  runOnStartup: false,
  summary: "Seals credentials under the current master key where an earlier one still holds them",
  handle: async (deps, ctx) => {
    const count = await rewrapCredentials(deps);
    if (count > 0) ctx.log.info("credentials were sealed under the current key", { count });
  },
});

export const refreshSource = defineHttp({
  name: "refresh-source",
  method: "POST",
  route: "sources/{id}/refresh",
  tag,
  access: write,
  idempotency: "none",
  summary: "Read the source's schema anew and make its cached results stale",
  input: { path: SourcePath },
  output: SchemaAnswer,
  handle: async (deps, { path }, ctx) => {
    const source = await deps.sources.resolve(path.id, ctx.principal);
    await deps.sources.refresh(source, "anew", ctx.signal);
    await deps.cache.invalidate(path.id, "all");
    return { body: toSchemaAnswer(path.id, (await accessTo(deps, source, ctx)).schema, "summary") };
  },
});

export const changeTriggers = defineHttp({
  name: "source-change-triggers",
  method: "GET",
  route: "sources/{id}/change-triggers",
  tag,
  access: read,
  idempotency: "none",
  summary: "The script that makes the cache exact for this source; the owner of its tables runs it",
  input: { path: SourcePath },
  output: ChangeTriggersAnswer,
  handle: async (deps, { path }, ctx) => {
    const { adapter } = await deps.sources.resolve(path.id, ctx.principal);
    if (!adapter.changeTriggers)
      throw new AppError("request_invalid", `The source ${path.id} has no change triggers.`, {
        fields: [{ pointer: "/path/id", message: "is no PostgreSQL" }],
      });
    const { install, remove } = adapter.changeTriggers;
    return { body: { source_id: path.id, install, remove } };
  },
});

export const deleteSource = defineHttp({
  name: "remove-source",
  method: "DELETE",
  route: "sources/{id}",
  tag,
  access: write,
  idempotency: "none",
  summary: "Remove a data source and its credentials",
  input: { path: SourcePath },
  output: null,
  handle: async (deps, { path }, ctx) => {
    await removeSource(deps, path.id, ctx);
    return { body: null };
  },
});
