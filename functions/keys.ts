/** API keys: make, list, look at one's own, rotate, revoke. */

import { createKey, revokeKey, rotateKey } from "../shared/access/manage-keys.ts";
import { PageQuery, page } from "../shared/contract/common.ts";
import {
  KeyCreated,
  KeyInfo,
  KeyPath,
  KeyRequest,
  RotateRequest,
} from "../shared/contract/keys.ts";
import { AppError } from "../shared/kernel/app-error.ts";
import { defineHttp } from "./define.ts";
import { toKeyInfo } from "./views/keys.ts";
import { toPage } from "./views/page.ts";

const tag = "Access";
const read = { permission: "keys:read" } as const;
const write = { permission: "keys:write" } as const;

export const createKeyFunction = defineHttp({
  name: "create-key",
  method: "POST",
  route: "keys",
  tag,
  access: write,
  idempotency: "secret",
  summary: "Create an API key; it is shown this once",
  input: { body: KeyRequest },
  output: KeyCreated,
  handle: async (deps, { body }, ctx) => {
    const { key, record } = await createKey(
      deps,
      {
        owner: body.owner,
        permissions: body.permissions,
        roles: body.roles,
        attributes: body.attributes,
        sources: body.sources ?? null,
        expiresInDays: body.expires_in_days ?? null,
        ...(body.limits && { limits: body.limits }),
      },
      ctx,
    );
    return { status: 201, body: { ...toKeyInfo(record, ctx.now), key } };
  },
});

export const listKeys = defineHttp({
  name: "list-keys",
  method: "GET",
  route: "keys",
  tag,
  access: read,
  idempotency: "none",
  summary: "API keys without their secrets",
  input: { query: PageQuery },
  output: page(KeyInfo),
  handle: async (deps, { query }, ctx) => {
    await deps.flush();
    const rows = await deps.keys.list(query.limit + 1, query.cursor ?? null);
    return {
      body: toPage(
        rows,
        query.limit,
        (row) => row.keyId,
        (row) => toKeyInfo(row, ctx.now),
      ),
    };
  },
});

export const keyInfo = defineHttp({
  name: "key-info",
  method: "GET",
  route: "keys/info",
  tag,
  access: "authenticated",
  idempotency: "none",
  summary: "What is known of the key that asks",
  input: {},
  output: KeyInfo,
  handle: async (deps, _input, ctx) => {
    await deps.flush();
    const record = await deps.keys.byId(ctx.principal.id.slice("key:".length));
    if (record === null) throw new AppError("key_not_found", "The key is gone.");
    return { body: toKeyInfo(record, ctx.now) };
  },
});

export const rotateKeyFunction = defineHttp({
  name: "rotate-key",
  method: "POST",
  route: "keys/{id}/rotate",
  tag,
  access: write,
  idempotency: "secret",
  summary: "Replace a key; the old one works for grace_seconds more",
  input: { path: KeyPath, body: RotateRequest },
  output: KeyCreated,
  handle: async (deps, { path, body }, ctx) => {
    const { key, record } = await rotateKey(
      deps,
      { keyId: path.id, graceSeconds: body.grace_seconds },
      ctx,
    );
    return { status: 201, body: { ...toKeyInfo(record, ctx.now), key } };
  },
});

export const revokeKeyFunction = defineHttp({
  name: "revoke-key",
  method: "DELETE",
  route: "keys/{id}",
  tag,
  access: write,
  idempotency: "none",
  summary: "Revoke a key; other instances refuse it within five seconds",
  input: { path: KeyPath },
  output: null,
  handle: async (deps, { path }, ctx) => {
    await revokeKey(deps, path.id, ctx);
    return { body: null };
  },
});
