/** `npm run func`: builds and runs Microsoft's own host (`func start`), where Azure Functions Core Tools are installed. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { buildAll } from "./build.ts";

await buildAll();
if (!existsSync("local.settings.json")) {
  console.error("There is no local.settings.json: copy local.settings.example.json to it first.");
  process.exit(1);
}
const { error, status } = spawnSync("func", ["start", ...process.argv.slice(2)], {
  stdio: "inherit",
});
if (error || status === 127) {
  console.error(
    "Azure Functions Core Tools did not start. npm installs them without their runtime; fetch it with `npm rebuild azure-functions-core-tools --foreground-scripts --dangerously-allow-all-scripts`, or install them globally.",
  );
}
process.exit(status ?? 1);
