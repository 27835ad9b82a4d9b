#!/usr/bin/env node
/** The `mcp` command: plain JavaScript that runs the built command line. */
import { existsSync } from "node:fs";

const built = new URL("../../dist/cli.mjs", import.meta.url);
if (existsSync(built)) {
  // A reader that stops early, as `mcp … | head` does, is no error.
  process.stdout.on("error", (error) => process.exit(error.code === "EPIPE" ? 0 : 1));
  const { main } = await import(built.href);
  process.exitCode = await main(process.argv.slice(2));
} else {
  console.error("The mcp command is not built yet. Run npm run build (or npm start) once.");
  process.exitCode = 1;
}
