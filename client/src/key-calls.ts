/** API keys: create, list, rotate, revoke. */
import type { KeyCreated, KeyInfo, KeyInput } from "./contract-types.ts";
import { listing } from "./listing.ts";
import { type CallOptions, route, type Transport } from "./transport.ts";

export const keyCalls = (transport: Transport) => ({
  listKeys: (query: { limit?: number } = {}, options?: CallOptions) =>
    listing<KeyInfo>(transport, "/keys", query, options),

  /** The secret is in `key`, this once. */
  createKey: (request: KeyInput, options?: CallOptions) =>
    transport.send<KeyCreated>(
      { method: "POST", path: "/keys", body: request, repeat: "keyed" },
      options,
    ),

  /** The key that this client calls with. */
  keyInfo: (options?: CallOptions) =>
    transport.send<KeyInfo>({ method: "GET", path: "/keys/info" }, options),

  /** A new secret in place of the old, which stays valid for `graceSeconds`. @throws McpError key_not_found. */
  rotateKey: (id: string, graceSeconds = 0, options?: CallOptions) =>
    transport.send<KeyCreated>(
      {
        method: "POST",
        path: route`/keys/${id}/rotate`,
        body: { grace_seconds: graceSeconds },
        repeat: "keyed",
      },
      options,
    ),

  /** @throws McpError key_not_found. */
  revokeKey: (id: string, options?: CallOptions) =>
    transport.send<void>({ method: "DELETE", path: route`/keys/${id}` }, options),
});
