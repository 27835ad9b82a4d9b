/** A secret for one purpose from the installation's key: the same each time, and telling nothing of the key. */
import { createHmac } from "node:crypto";

export function deriveSecret(masterKey: Uint8Array, purpose: string): string {
  return createHmac("sha256", masterKey).update(purpose).digest("hex");
}
