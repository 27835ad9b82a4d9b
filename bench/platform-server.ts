/** The platform in a process of its own: the shipped bundle in the local host, its settings in the environment. */
import { startHost } from "../local/host/start-host.ts";

const host = await startHost({
  entry: "dist/main.mjs",
  hostJsonPath: "host.json",
  port: 0,
  stateDir: `${process.env.MCP_DATA_DIR}/timers`,
  log: (level, _category, message) => level === "error" && console.error(message),
});
process.send?.(host.port);
process.on("disconnect", () => process.exit(0));
