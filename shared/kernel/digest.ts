/** SHA-256 as lower-case hex: the one digest of the platform (keys at rest, versions, cache keys). */
import { createHash, hash } from "node:crypto";

export function sha256Hex(data: string | Uint8Array): string {
  return typeof data === "string"
    ? hash("sha256", data, "hex")
    : createHash("sha256").update(data).digest("hex");
}
