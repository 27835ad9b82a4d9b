/** Registers a model's configuration as an immutable version: the same configuration is the same version, for ever. */
import type { ModelConfig } from "../contract/models.ts";
import { AppError, type FieldError } from "../kernel/app-error.ts";
import { canonicalJson, type Json } from "../kernel/canonical-json.ts";
import type { CallContext } from "../kernel/context.ts";
import { sha256Hex } from "../kernel/digest.ts";
import type { ModelStore } from "./ports.ts";
import { healthUrl } from "./serving-endpoints.ts";

export interface RegisterDeps {
  readonly models: Pick<ModelStore, "register">;
  /** Why this URL may not be called, or null if it may. */
  readonly refuseEndpoint: (url: string) => string | null;
  /** Why this is not a JSON Schema, or null if it is. */
  readonly refuseSchema: (schema: Readonly<Record<string, unknown>>) => Promise<string | null>;
}

/**
 * @returns the version, and whether it is new.
 * @throws AppError request_invalid for an endpoint that may not be called or a schema that is none.
 */
export async function registerModel(
  deps: RegisterDeps,
  config: ModelConfig,
  ctx: CallContext,
): Promise<{ version: number; digest: string; created: boolean }> {
  await checkConfig(deps, config);
  const digest = configDigest(config);
  const { version, created } = await deps.models.register(config, digest, {
    by: ctx.principal.id,
    at: ctx.now,
    reason: null,
  });
  return { version, digest, created };
}

/** SHA-256 over the canonical JSON of the configuration with its defaults filled in. */
export function configDigest(config: ModelConfig): string {
  return `sha256:${sha256Hex(canonicalJson(config as unknown as Json))}`;
}

async function checkConfig(deps: RegisterDeps, config: ModelConfig): Promise<void> {
  const fields: FieldError[] = [...unstorableText(config as unknown as Json, "")];
  if (config.api_base === undefined) {
    if (config.backend !== "local")
      fields.push({
        pointer: "/api_base",
        message: `is required for the backend ${config.backend}`,
      });
  } else {
    const refusal = deps.refuseEndpoint(config.api_base);
    if (refusal !== null) fields.push({ pointer: "/api_base", message: refusal });
    else fields.push(...healthFaults(deps, config.api_base, config.additional_params.health_path));
  }
  for (const name of ["input_schema", "output_schema"] as const) {
    const schema = config[name];
    const refusal = schema && (await deps.refuseSchema(schema));
    if (refusal) fields.push({ pointer: `/${name}`, message: refusal });
  }
  const names = config.artifacts.map((artifact) => artifact.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) fields.push({ pointer: "/artifacts", message: `names ${twice} twice` });
  if (fields.length > 0)
    throw new AppError("request_invalid", `${fields[0]?.pointer}: ${fields[0]?.message}`, {
      fields,
    });
}

/** A NUL or half a surrogate pair is JSON, but no database's JSON column holds it. */
function* unstorableText(value: Json | undefined, pointer: string): Generator<FieldError> {
  const refuse = (text: string) => text.includes("\u0000") || !text.isWellFormed();
  if (typeof value === "string" && refuse(value))
    yield { pointer, message: "holds a NUL or half a surrogate pair" };
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    const below = `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (refuse(key))
      yield {
        pointer: below.toWellFormed(),
        message: "is a name with a NUL or half a surrogate pair",
      };
    yield* unstorableText(member, below);
  }
}

/** What the health check will call must be callable as well, and it must be said now rather than by an alert. */
function healthFaults(deps: RegisterDeps, base: string, path: unknown): FieldError[] {
  const pointer = "/additional_params/health_path";
  if (path === undefined) return [];
  if (typeof path !== "string") return [{ pointer, message: "must be a path, such as /health" }];
  if (/[\s\\?#]/.test(path))
    return [{ pointer, message: "must be a path without spaces, backslashes, ? or #" }];
  const refusal = deps.refuseEndpoint(healthUrl(base, path));
  return refusal === null ? [] : [{ pointer, message: refusal }];
}
