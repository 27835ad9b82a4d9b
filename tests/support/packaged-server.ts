/**
 * Run as a process of its own, in the folder of an unpacked package: the local host loads the packaged entry, which
 * finds no node_modules above it. Prints the address, or the reason why there is no start, to whoever forked it.
 */
import { join, resolve } from "node:path";
import { startHost } from "../../local/host/start-host.ts";

export type PackagedMessage =
  | { readonly kind: "started"; readonly url: string }
  | { readonly kind: "refused"; readonly message: string };

const send = (message: PackagedMessage) => process.send?.(message);
const folder = resolve(process.argv[2] ?? ".");
try {
  const host = await startHost({
    entry: join(folder, "dist/main.mjs"),
    hostJsonPath: join(folder, "host.json"),
    port: 0,
    stateDir: join(folder, "timers"),
    log: (level, _category, message) => level === "error" && console.error(message),
  });
  send({ kind: "started", url: host.url });
  process.on("disconnect", () => void host.stop().then(() => process.exit(0)));
} catch (error) {
  send({ kind: "refused", message: error instanceof Error ? error.message : String(error) });
  process.disconnect?.();
  process.exitCode = 1;
}
