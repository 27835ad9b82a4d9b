/**
 * `npm run package`: the folder that is deployed (package/app) and the zip of it that Flex Consumption takes. The same
 * sources give the same bytes.
 */
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, join, posix, relative, sep } from "node:path";
import { zipSync } from "fflate";
import { buildAll } from "./build.ts";
import { billOfMaterials, licenceList, readMaterials } from "./package-materials.ts";
import { modulesFor, readPackageJson } from "./package-modules.ts";

/** Of what we bundle. Native modules are as large as they are, and are reported beside it. */
const MAX_BUNDLED_BYTES = 10 * 1_048_576;
/** Zip times have no zone: the earliest, said in local parts, is the same everywhere. */
const MODIFIED = new Date(1980, 0, 1);
const UNIX = 3;
const FILE_MODE = 0o644 << 16;

export interface PackageReport {
  readonly folder: string;
  readonly zip: string;
  readonly files: number;
  readonly zipBytes: number;
  /** Of the zip without its node_modules. */
  readonly bundledBytes: number;
  /** Carried in node_modules, since they cannot be bundled. */
  readonly modules: readonly string[];
}

interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      {
        readonly imports: readonly { path: string; external?: boolean }[];
        readonly inputs: Readonly<Record<string, unknown>>;
      }
    >
  >;
}

/** @param dist what `buildAll` wrote. @throws Error when the zip is over its budget. */
export async function packageApp(dist = "dist", out = "package"): Promise<PackageReport> {
  const folder = join(out, "app");
  await rm(folder, { recursive: true, force: true });
  const meta = JSON.parse(await readFile(join(dist, "meta.json"), "utf8")) as Metafile;
  const outputs = reachable(meta, posix.join(dist, "main.mjs"));
  for (const path of outputs) {
    await copyScript(path, join(folder, "dist", posix.relative(dist, path)));
  }
  await copyAssets(dist, join(folder, "dist"));
  const { dependencies = {} } = await readPackageJson(".");
  const modules = await modulesFor(unbundled(meta, outputs, dependencies));
  for (const one of modules) await cp(one, join(folder, one), { recursive: true });
  await writeTexts(folder, modules, [...modules, ...bundledFolders(meta, outputs)]);
  return zipFolder(folder, out, modules);
}

/** With its source map, but where it holds libraries alone: nothing is minified, so that their lines can be read there. */
async function copyScript(path: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const map = JSON.parse(await readFile(`${path}.map`, "utf8")) as SourceMap;
  if (map.sources.some((source) => !isLibrary(source))) {
    await copyFile(path, target);
    await writeFile(`${target}.map`, JSON.stringify(withoutLibraries(map)));
  } else {
    const script = await readFile(path, "utf8");
    await writeFile(target, script.replace(/\/\/# sourceMappingURL=.*\s*$/, ""));
  }
}

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly (string | null)[];
}

const isLibrary = (source: string): boolean => source.includes("node_modules/");

/** It still names the lines of libraries, and leaves their text to the packages: they are half of the weight. */
function withoutLibraries(map: SourceMap): SourceMap {
  const { sources, sourcesContent = [] } = map;
  const own = sourcesContent.map((content, at) => (isLibrary(sources[at] ?? "") ? null : content));
  return { ...map, sourcesContent: own };
}

/** Parsers in WASM and the question network, which the bundle opens by name. */
async function copyAssets(dist: string, target: string): Promise<void> {
  for (const place of ["chunks", "wasm", "network"]) {
    await mkdir(join(target, place), { recursive: true });
    const names = await readdir(join(dist, place));
    for (const name of names.filter((one) => place === "network" || one.endsWith(".wasm")))
      await copyFile(join(dist, place, name), join(target, place, name));
  }
}

/** The entry and everything that it can come to import. */
function reachable(meta: Metafile, entry: string): readonly string[] {
  const seen = new Set<string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const one of meta.outputs[path]?.imports ?? []) if (!one.external) waiting.push(one.path);
  }
  return [...seen].sort();
}

/**
 * The packages that the shipped files import from node_modules. What is no dependency of ours is either supplied by the
 * host (@azure/functions-core) or optional to someone who asks before using it (pg-native, kerberos).
 */
function unbundled(
  meta: Metafile,
  outputs: readonly string[],
  ours: Readonly<Record<string, string>>,
): readonly string[] {
  const names = outputs
    .flatMap((path) => meta.outputs[path]?.imports ?? [])
    .filter((one) => one.external && !isBuiltin(one.path))
    .map((one) => /^(@[^/]+\/)?[^/]+/.exec(one.path)?.[0] ?? one.path)
    .filter((name) => name in ours);
  return [...new Set(names)].sort();
}

function bundledFolders(meta: Metafile, outputs: readonly string[]): readonly string[] {
  const folders = outputs
    .flatMap((path) => Object.keys(meta.outputs[path]?.inputs ?? {}))
    .map((input) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort();
}

async function writeTexts(
  folder: string,
  modules: readonly string[],
  materialFolders: readonly string[],
): Promise<void> {
  const app = await readPackageJson(".");
  const materials = await readMaterials(materialFolders);
  const carried = await Promise.all(modules.map(readPackageJson));
  const packageJson = {
    name: app.name,
    version: app.version,
    private: true,
    type: "module",
    main: "dist/main.mjs",
    dependencies: Object.fromEntries(carried.map(({ name, version }) => [name, version])),
  };
  await copyFile("host.json", join(folder, "host.json"));
  await writeFile(join(folder, "package.json"), `${JSON.stringify(packageJson, null, 2)}\n`);
  await writeFile(join(folder, "sbom.cdx.json"), `${billOfMaterials(app, materials)}\n`);
  await writeFile(join(folder, "THIRD-PARTY.txt"), licenceList(materials));
}

async function zipFolder(
  folder: string,
  out: string,
  modules: readonly string[],
): Promise<PackageReport> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
  const contents = await Promise.all(
    paths.map(async (path) => [path, new Uint8Array(await readFile(join(folder, path)))] as const),
  );
  const bytes = zipOf(contents);
  const bundled = contents.filter(([path]) => !path.startsWith("node_modules/"));
  const bundledBytes =
    bundled.length === contents.length ? bytes.byteLength : zipOf(bundled).byteLength;
  if (bundledBytes > MAX_BUNDLED_BYTES)
    throw new Error(`The bundle has ${bundledBytes} bytes, over its ${MAX_BUNDLED_BYTES}.`);
  const { name, version } = await readPackageJson(".");
  const zip = join(out, `${name}-${version}.zip`);
  await writeFile(zip, bytes);
  return { folder, zip, files: paths.length, zipBytes: bytes.byteLength, bundledBytes, modules };
}

const zipOf = (contents: readonly (readonly [string, Uint8Array])[]): Uint8Array =>
  zipSync(Object.fromEntries(contents), {
    level: 9,
    mtime: MODIFIED,
    os: UNIX,
    attrs: FILE_MODE,
  });

if (import.meta.main) {
  await buildAll();
  const { folder, zip, files, zipBytes, bundledBytes, modules } = await packageApp();
  const megabytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(2)} MB`;
  const carried = modules.length > 0 ? `, with ${modules.join(", ")}` : "";
  console.log(`${folder}: ${files} files${carried}`);
  console.log(
    `${zip}: ${megabytes(zipBytes)}; without node_modules ${megabytes(bundledBytes)} (budget 10 MB)`,
  );
}
