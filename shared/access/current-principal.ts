/** Who a credential stands for now, for work that goes on after the call that asked for it. */
import { AppError } from "../kernel/app-error.ts";
import type { Principal } from "../kernel/context.ts";
import { isLive, toPrincipal } from "./authenticate.ts";
import type { KeyStore } from "./ports.ts";

const KEY_PREFIX = "key:";

/** Reads the store, not an instance's memory. @throws AppError unauthenticated where the key is revoked or expired. */
export async function currentPrincipal(
  deps: { readonly keys: Pick<KeyStore, "byId"> },
  principalId: string,
  now: number,
): Promise<Principal> {
  const keyId = principalId.startsWith(KEY_PREFIX) ? principalId.slice(KEY_PREFIX.length) : null;
  const record = keyId === null ? null : await deps.keys.byId(keyId);
  if (record === null || !isLive(record, now))
    throw new AppError(
      "unauthenticated",
      "The credential that asked for this is not valid any more.",
    );
  return toPrincipal(record);
}
