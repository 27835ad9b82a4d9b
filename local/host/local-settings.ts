/** Puts the `Values` of local.settings.json into the environment, as `func start` does. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { readJson } from "./host-json.ts";

const localSettings = z.object({
  IsEncrypted: z.literal(false, "encrypted settings cannot be read here").optional(),
  Values: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

/**
 * Loads `local.settings.json` of `dir` when the file exists. A variable that is already set wins.
 * Returns the names that were set; throws one sentence (names, never values) when malformed.
 */
export async function loadLocalSettings(
  dir: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly string[]> {
  const path = join(dir, "local.settings.json");
  if (!existsSync(path)) return [];
  const parsed = localSettings.safeParse(await readJson(path));
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`${path} is malformed: ${issues.join("; ")}.`);
  }
  const loaded: string[] = [];
  for (const [name, value] of Object.entries(parsed.data.Values ?? {})) {
    if (env[name] !== undefined) continue;
    env[name] = String(value);
    loaded.push(name);
  }
  return loaded;
}
