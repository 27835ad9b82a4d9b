/** An app in the local host, in a process of its own: the shipped bundle unless another entry is named. */
import { startHost } from "../local/host/start-host.ts";

const host = await startHost({
  entry: process.argv[2] ?? "dist/main.mjs",
  hostJsonPath: "host.json",
  port: 0,
  stateDir: `${process.env.MCP_DATA_DIR}/timers`,
  log: (level, _category, message) => level === "error" && console.error(message),
});
process.send?.(host.port);
process.on("disconnect", () => process.exit(0));
