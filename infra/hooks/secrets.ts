/** The secrets that a new environment must have, each made once and never replaced: what they open would be lost. */
import { randomBytes } from "node:crypto";
import { generateKey } from "../../shared/access/key-format.ts";

/** Key Vault through Azure's resource manager: it also gets through where the vault itself is closed to the outside. */
const API_VERSION = "2024-11-01";
const KEY_BYTES = 32;

/** By name in the vault; modules/app.bicep refers to these names. */
export const REQUIRED: Readonly<Record<string, () => string>> = {
  "credential-key": () => randomBytes(KEY_BYTES).toString("base64"),
  "bootstrap-admin-key": () => generateKey("live"),
};

export interface VaultAccess {
  /** `https://management.azure.com/` in the public cloud. */
  readonly managementUrl: string;
  /** Resource id of the vault. */
  readonly vaultId: string;
  readonly accessToken: string;
}

/** @returns the names of the secrets that were made now. @throws Error with what Azure said. */
export async function makeMissingSecrets(access: VaultAccess): Promise<readonly string[]> {
  const made: string[] = [];
  for (const [name, generate] of Object.entries(REQUIRED)) {
    const found = await call(access, name, "GET");
    if (found.status === 200) continue;
    if (found.status !== 404) throw await refusal(found, `look for the secret ${name}`);
    const put = await call(access, name, "PUT", { properties: { value: generate() } });
    if (!put.ok) throw await refusal(put, `make the secret ${name}`);
    made.push(name);
  }
  return made;
}

function call(
  access: VaultAccess,
  name: string,
  method: string,
  body?: unknown,
): Promise<Response> {
  const path = `${access.vaultId}/secrets/${name}?api-version=${API_VERSION}`;
  return fetch(new URL(path, access.managementUrl), {
    method,
    headers: { authorization: `Bearer ${access.accessToken}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

async function refusal(response: Response, what: string): Promise<Error> {
  const text = (await response.text()).slice(0, 500);
  return new Error(`Azure answered ${response.status} to the attempt to ${what}: ${text}`);
}
