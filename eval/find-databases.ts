/** Which database a question means, and in what form it is there. */
import { stat } from "node:fs/promises";
import { join } from "node:path";

export type DatabaseFiles =
  | { readonly kind: "ddl"; readonly folder: string }
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "dump"; readonly file: string }
  /** The sample source that comes with the platform. */
  | { readonly kind: "demo" };

/** The value of `--database` that means the sample source instead of a folder. */
export const DEMO = "demo";

/** @throws Error naming what was looked for. */
export async function findDatabase(root: string, name: string): Promise<DatabaseFiles> {
  if (root === DEMO && name === DEMO) return { kind: "demo" };
  const folder = join(root, name);
  if (await isFile(join(folder, "schema.sql"))) return { kind: "ddl", folder };
  for (const file of [`${folder}.sqlite`, join(folder, `${name}.sqlite`)])
    if (await isFile(file)) return { kind: "sqlite", file };
  if (await isFile(`${folder}.sql`)) return { kind: "dump", file: `${folder}.sql` };
  throw new Error(
    `there is no database ${name} in ${root}: neither ${name}/schema.sql, ${name}.sqlite, ${name}/${name}.sqlite nor ${name}.sql`,
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
