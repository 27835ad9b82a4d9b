/** The packages that a bundle cannot hold (native code), as they lie in node_modules, for the deployed machine only. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What Flex Consumption runs on. */
const TARGET = { os: "linux", cpu: "x64", libc: "glibc" } as const;

export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license?: string | { readonly type: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

export const readPackageJson = async (folder: string): Promise<PackageJson> =>
  JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as PackageJson;

/**
 * The folders of these packages and of all they need at run time, in order, without the builds for other machines.
 * @throws Error when one of them, or the build for the deployed machine, is not installed here.
 */
export async function modulesFor(names: readonly string[], root = "."): Promise<readonly string[]> {
  const found = new Map<string, PackageJson>();
  const waiting = names.map((name) => ({ name, optional: false }));
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const folder = `node_modules/${next.name}`;
    if (found.has(folder)) continue;
    if (!existsSync(join(root, folder, "package.json"))) {
      // An optional package that is not here is the build for another machine, or the one that is needed (see below).
      if (next.optional) continue;
      throw new Error(`${next.name} is not installed: run npm ci first.`);
    }
    const packageJson = await readPackageJson(join(root, folder));
    if (!fitsTarget(packageJson)) continue;
    found.set(folder, packageJson);
    for (const name of Object.keys(packageJson.dependencies ?? {}))
      waiting.push({ name, optional: false });
    for (const name of Object.keys(packageJson.optionalDependencies ?? {}))
      waiting.push({ name, optional: true });
  }
  assertBuildsForTarget([...found.values()]);
  return [...found.keys()].sort();
}

/** As npm reads these fields: a list of what fits, or of what does not, each with an exclamation mark. */
function fitsTarget(packageJson: PackageJson): boolean {
  return (["os", "cpu", "libc"] as const).every((field) => {
    const values = packageJson[field] ?? [];
    const refused = values.filter((value) => value.startsWith("!")).map((value) => value.slice(1));
    const wanted = values.filter((value) => !value.startsWith("!"));
    return (
      !refused.includes(TARGET[field]) && (wanted.length === 0 || wanted.includes(TARGET[field]))
    );
  });
}

/** A package with one optional dependency per machine, of which npm installed another machine's, would fail when deployed. */
function assertBuildsForTarget(packages: readonly PackageJson[]): void {
  const names = new Set(packages.map(({ name }) => name));
  for (const { name, optionalDependencies = {} } of packages) {
    const builds = Object.keys(optionalDependencies);
    if (builds.some((one) => /(darwin|win32)/.test(one)) && !builds.some((one) => names.has(one)))
      throw new Error(
        `${name} is not installed for ${TARGET.os}-${TARGET.cpu}: run npm ci --os=${TARGET.os} --cpu=${TARGET.cpu} first.`,
      );
  }
}
