/** What the sample source's words mean, put in force once for a data folder. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

const MODEL = join(import.meta.dirname, "../shared/demo/semantic-model.yaml");

export interface TeachDemoOptions {
  readonly url: string;
  readonly adminKey: string;
  /** The data folder remembers that it was done: whoever changes or removes the model afterwards has the last word. */
  readonly folder: string;
}

/** Does nothing where there is no sample source, or a model of the user's own. @throws Error when it is refused. */
export async function teachDemo({ url, adminKey, folder }: TeachDemoOptions): Promise<void> {
  const done = join(folder, "demo-model-saved");
  if (await readFile(done).catch(() => null)) return;
  const path = `${url}/api/sources/demo/semantic-model`;
  const headers = { "x-api-key": adminKey, "content-type": "application/json" };
  const known = await fetch(path, { headers });
  if (!known.ok && known.status !== 404) return;
  if (known.status === 404) {
    const { code } = (await known.json()) as { code?: string };
    if (code !== "semantic_model_not_found") return;
    const body = JSON.stringify(parse(await readFile(MODEL, "utf8")));
    const saved = await fetch(path, { method: "PUT", headers, body });
    if (!saved.ok)
      throw new Error(`The sample source's semantic model was refused: ${await saved.text()}`);
  }
  await writeFile(done, new Date().toISOString());
}
