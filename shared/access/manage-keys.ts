/** Making, rotating and revoking API keys. A key is shown once; what is kept cannot be turned back into it. */
import { type Permission, type Role, roles } from "../contract/permissions.ts";
import { AppError } from "../kernel/app-error.ts";
import type { CallContext, Principal, QueryLimits } from "../kernel/context.ts";
import { sha256Hex } from "../kernel/digest.ts";
import { newId } from "../kernel/ids.ts";
import { isLive } from "./authenticate.ts";
import { generateKey, isWellFormedKey, type KeyEnvironment, keyHint } from "./key-format.ts";
import type { Authenticator, KeyRecord, KeyStore } from "./ports.ts";

export interface KeyDeps {
  readonly keys: KeyStore;
  readonly environment: KeyEnvironment;
  readonly authenticator: Pick<Authenticator, "forget">;
}

export interface KeyGrant {
  readonly owner: string;
  readonly permissions: readonly Permission[];
  /** Built-in roles, and names of the user's own, which stand for no permission and are what policies grant to. */
  readonly roles: readonly string[];
  readonly sources: readonly string[] | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly limits?: QueryLimits;
  readonly expiresInDays: number | null;
}

const DAY_MS = 86_400_000;

/** @throws AppError forbidden when the grant goes beyond what the caller holds. */
export async function createKey(
  deps: KeyDeps,
  grant: KeyGrant,
  ctx: CallContext,
): Promise<{ key: string; record: KeyRecord }> {
  const expiresAt = grant.expiresInDays === null ? null : ctx.now + grant.expiresInDays * DAY_MS;
  refuseEscalation({ ...grant, expiresAt }, ctx.principal);
  const key = generateKey(deps.environment);
  const record = newRecord(key, { ...grant, expiresAt }, ctx.now);
  await deps.keys.insert(record);
  return { key, record };
}

/** A new key with the same grant; the old one ends after `graceSeconds`. @throws AppError key_not_found, forbidden. */
export async function rotateKey(
  deps: KeyDeps,
  input: { keyId: string; graceSeconds: number },
  ctx: CallContext,
): Promise<{ key: string; record: KeyRecord }> {
  const old = await deps.keys.byId(input.keyId);
  if (old === null || !isLive(old, ctx.now))
    throw new AppError("key_not_found", `There is no live key ${input.keyId}.`);
  refuseEscalation(grantOf(old), ctx.principal);
  const key = generateKey(deps.environment);
  const record = newRecord(key, old, ctx.now);
  await deps.keys.replace(old.keyId, ctx.now + input.graceSeconds * 1_000, record);
  deps.authenticator.forget(old.hash);
  return { key, record };
}

/**
 * Anyone may revoke their own key, and others' only where they could have granted them. Refused at once on this
 * instance, on others within KEY_MEMORY_MS.
 * @throws AppError key_not_found, forbidden.
 */
export async function revokeKey(
  deps: Pick<KeyDeps, "keys" | "authenticator">,
  keyId: string,
  ctx: CallContext,
): Promise<void> {
  const target = await deps.keys.byId(keyId);
  if (target === null) throw new AppError("key_not_found", `There is no key ${keyId}.`);
  if (ctx.principal.id !== `key:${keyId}`) refuseEscalation(grantOf(target), ctx.principal);
  await deps.keys.revoke(keyId, ctx.now);
  deps.authenticator.forget(target.hash);
}

/** Makes a key that the operator chose the first admin key. Safe on every start. @throws Error when it is not in the key format, or was revoked. */
export async function adoptAdminKey(
  deps: Pick<KeyDeps, "keys" | "environment">,
  key: string,
  now: number,
): Promise<void> {
  if (!isWellFormedKey(key, deps.environment)) {
    throw new Error(
      `BOOTSTRAP_ADMIN_KEY is not a key of the environment ${deps.environment}; \`mcp keys generate\` prints one`,
    );
  }
  await deps.keys.insert(
    newRecord(
      key,
      {
        owner: "bootstrap",
        permissions: ["admin"],
        roles: [],
        sources: null,
        attributes: {},
        expiresAt: null,
      },
      now,
    ),
  );
  const adopted = await deps.keys.byHash(sha256Hex(key));
  if (adopted === null || !isLive(adopted, now))
    throw new Error(
      "the admin key was revoked: set another BOOTSTRAP_ADMIN_KEY, or remove the file admin-key from the data folder to have a new one made",
    );
}

const grantOf = (record: KeyRecord) => ({
  permissions: record.permissions as Permission[],
  roles: record.roles,
  sources: record.sources,
  attributes: record.attributes,
  ...(record.limits && { limits: record.limits }),
  expiresAt: record.expiresAt,
});

function newRecord(
  key: string,
  grant: Pick<
    KeyRecord,
    "owner" | "permissions" | "roles" | "sources" | "attributes" | "limits" | "expiresAt"
  >,
  now: number,
): KeyRecord {
  return {
    keyId: newId("key", now),
    hash: sha256Hex(key),
    owner: grant.owner,
    hint: keyHint(key),
    permissions: grant.permissions,
    roles: grant.roles,
    sources: grant.sources,
    attributes: grant.attributes,
    ...(grant.limits && { limits: grant.limits }),
    createdAt: now,
    expiresAt: grant.expiresAt,
    revokedAt: null,
    lastUsedAt: null,
    usageCount: 0,
  };
}

/** Roles and attributes decide which rows and columns a policy shows, whatever permissions they stand for. */
function refuseWiderView(
  grant: Pick<KeyGrant, "roles" | "attributes">,
  principal: Principal,
): void {
  const role = grant.roles.find((name) => !principal.roles.includes(name));
  if (role !== undefined)
    throw new AppError("forbidden", `You cannot grant the role ${role}, which you do not hold.`);
  const attribute = Object.keys(grant.attributes).find(
    (name) =>
      !Object.hasOwn(principal.attributes, name) ||
      principal.attributes[name] !== grant.attributes[name],
  );
  if (attribute !== undefined)
    throw new AppError(
      "forbidden",
      `You cannot grant the attribute ${attribute} with a value that is not your own.`,
    );
}

const LIMITS = ["max_rows", "max_bytes", "timeout_ms"] as const;

function refuseWiderLimits(granted: QueryLimits, held: QueryLimits): void {
  for (const name of LIMITS) {
    const most = held[name];
    if (most !== undefined && (granted[name] ?? Number.POSITIVE_INFINITY) > most)
      throw new AppError(
        "forbidden",
        `You cannot grant a key with a ${name} above your own of ${most}.`,
      );
  }
}

/** Nobody hands out more than they hold. */
function refuseEscalation(
  grant: Pick<KeyGrant, "permissions" | "roles" | "sources" | "attributes" | "limits"> &
    Pick<KeyRecord, "expiresAt">,
  principal: Principal,
): void {
  if (
    principal.expiresAt !== null &&
    (grant.expiresAt ?? Number.POSITIVE_INFINITY) > principal.expiresAt
  )
    throw new AppError("forbidden", "You cannot grant a key that outlives your own.");
  if (!principal.permissions.has("admin")) {
    const wanted: Permission[] = [
      ...grant.permissions,
      ...grant.roles.flatMap((role): readonly Permission[] => roles[role as Role] ?? []),
    ];
    const beyond = wanted.find((permission) => !principal.permissions.has(permission));
    if (beyond !== undefined)
      throw new AppError("forbidden", `You cannot grant ${beyond}, which you do not hold.`);
    refuseWiderView(grant, principal);
  }
  refuseWiderLimits(grant.limits ?? {}, principal.limits ?? {});
  if (principal.sources !== "all") {
    const held = principal.sources;
    if (grant.sources === null || grant.sources.some((source) => !held.has(source)))
      throw new AppError("forbidden", "You cannot grant sources that you may not see.");
  }
}
