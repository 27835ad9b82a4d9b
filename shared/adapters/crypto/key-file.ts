/** Secrets that an installation makes for itself once and keeps in its data folder, readable by its owner only. */
import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Reads the file, or makes it with `create()` when there is none. Several processes may do this at once: the first
 * complete file wins, and a process killed half-way leaves no half file.
 */
export async function readOrCreateSecret(
  path: string,
  create: () => string,
): Promise<{ secret: string; created: boolean }> {
  const existing = await readFile(path, "utf8").catch(() => null);
  if (existing !== null) return { secret: existing.trim(), created: false };
  await mkdir(dirname(path), { recursive: true });
  // A name of its own for every call: containers share process ids, and a draft that was linked is the secret itself.
  const draft = `${path}.${randomUUID()}.tmp`;
  let created = true;
  try {
    await writeFile(draft, `${create()}\n`, { mode: 0o600, flag: "wx" });
    await link(draft, path);
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
    created = false;
  } finally {
    await rm(draft, { force: true });
  }
  return { secret: (await readFile(path, "utf8")).trim(), created };
}
