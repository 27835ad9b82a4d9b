/** Builds dist/: the Functions app as ESM with vendor SDKs in chunks of their own, the embedded database's thread, the CLI. */
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve, sep } from "node:path";
import { build } from "esbuild";

const require = createRequire(import.meta.url);

/**
 * Bundled CommonJS asks for `require`, `__filename` and `__dirname`, which ES modules lack. The last two go by other
 * names (see `define`), since a bundled module may have made its own.
 */
const banner = `import { createRequire as __mcpRequire } from "node:module";
const require = __mcpRequire(import.meta.url), __mcpFilename = import.meta.filename, __mcpDirname = import.meta.dirname;`;

/** The host supplies the first; the embedded database is absent from a deployment and brings files of its own. */
const external = ["@azure/functions-core", "@electric-sql/pglite", "pg-native"];

/** Writes over what is there and sweeps up afterwards, so that a process that runs from dist/ meanwhile finds its files. */
export async function buildAll(): Promise<void> {
  await mkdir("dist/chunks", { recursive: true });
  const { metafile } = await build({
    entryPoints: {
      main: "functions/main.ts",
      "chunks/pglite-worker": "shared/adapters/pglite/worker.ts",
      migrate: "scripts/migrate.ts",
      cli: "client/src/cli/main.ts",
    },
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunks/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    sourcemap: true,
    legalComments: "none",
    loader: { ".css": "text", ".html": "text" },
    plugins: [webText],
    external,
    define: { __filename: "__mcpFilename", __dirname: "__mcpDirname" },
    banner: { js: banner },
    logLevel: "warning",
    metafile: true,
  });
  // Which source went into which chunk: read by the build test, and by esbuild's analysers.
  await writeFile("dist/meta.json", JSON.stringify(metafile));
  await copyFile(require.resolve("libpg-query/wasm/libpg-query.wasm"), `dist/chunks/${WASM}`);
  await removeStaleChunks(Object.keys(metafile.outputs));
}

const WASM = "libpg-query.wasm";

async function removeStaleChunks(outputs: readonly string[]): Promise<void> {
  const current = new Set([...outputs, `dist/chunks/${WASM}`]);
  const present = (await readdir("dist/chunks")).map((name) => `dist/chunks/${name}`);
  await Promise.all(present.filter((path) => !current.has(path)).map((path) => rm(path)));
}

const webFolder = `${resolve("web")}${sep}`;

/** The dashboard's files are text to the server, whatever their ending. A package may have a folder `web` of its own. */
const webText = {
  name: "web-text",
  setup(bundler: import("esbuild").PluginBuild) {
    bundler.onLoad({ filter: /[/\\]web[/\\]/ }, async ({ path }) =>
      path.startsWith(webFolder)
        ? { contents: await readFile(path, "utf8"), loader: "text" as const }
        : null,
    );
  },
};

if (import.meta.main) await buildAll();
