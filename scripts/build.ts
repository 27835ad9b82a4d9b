/** Builds dist/: the Functions app as ESM with vendor SDKs in chunks of their own, the embedded database's thread, the CLI. */
import {
  copyFile,
  cp,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { build } from "esbuild";

const require = createRequire(import.meta.url);

/**
 * Bundled CommonJS asks for `require`, `__filename` and `__dirname`, which ES modules lack. The last two go by other
 * names (see `define`), since a bundled module may have made its own.
 */
const banner = `import { createRequire as __mcpRequire } from "node:module";
const require = __mcpRequire(import.meta.url), __mcpFilename = import.meta.filename, __mcpDirname = import.meta.dirname;`;

/**
 * The host supplies the first; the embedded database is absent from a deployment and brings files of its own; DuckDB is
 * a native library, which a deployment installs for its own platform; the blob SDK asks for Arrow only to list blobs in
 * that format, which nobody does.
 */
const external = [
  "@azure/functions-core",
  "@duckdb/node-api",
  "@electric-sql/pglite",
  "apache-arrow",
  "pg-native",
];

/** Writes over what is there and sweeps up afterwards, so that a process that runs from dist/ meanwhile finds its files. */
export async function buildAll(outdir = "dist"): Promise<void> {
  const folder = `${outdir}/chunks`;
  await mkdir(folder, { recursive: true });
  await stillInUse(folder, Date.now());
  const { metafile } = await build({
    entryPoints: {
      main: "functions/main.ts",
      "chunks/pglite-worker": "shared/adapters/pglite/worker.ts",
      migrate: "scripts/migrate.ts",
      cli: "client/src/cli/main.ts",
    },
    outdir,
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
    plugins: [webText, englishOnly, functionsFromSource, httpOnDemand],
    external,
    define: { __filename: "__mcpFilename", __dirname: "__mcpDirname" },
    banner: { js: banner },
    logLevel: "warning",
    metafile: true,
  });
  // Which source went into which chunk: read by the build test, and by esbuild's analysers.
  await writeFile(`${outdir}/meta.json`, JSON.stringify(metafile));
  await copyFile(require.resolve("libpg-query/wasm/libpg-query.wasm"), `${folder}/${WASM}`);
  // Its package looks for it beside the folder of the chunk that it becomes part of.
  await mkdir(`${outdir}/wasm`, { recursive: true });
  await copyFile(
    join(dirname(require.resolve("@guanmingchiu/sqlparser-ts")), "../wasm", SQLPARSER_WASM),
    `${outdir}/wasm/${SQLPARSER_WASM}`,
  );
  await cp(NETWORK, `${outdir}/network`, { recursive: true });
  const chunks = Object.keys(metafile.outputs).filter((path) => path.startsWith(`${folder}/`));
  await sweepChunks(folder, [...chunks.map((path) => basename(path)), WASM], Date.now());
}

/** The question network's weights and word lists. */
const NETWORK = "shared/ask/network/assets";
const WASM = "libpg-query.wasm";
const SQLPARSER_WASM = "sqlparser_rs_wasm_bg.wasm";

const STALE_AFTER_MS = 3_600_000;

/** The chunks of the last build may belong to a host that runs: their hour begins now. */
async function stillInUse(folder: string, now: number): Promise<void> {
  const { outputs } = await readFile(join(dirname(folder), "meta.json"), "utf8")
    .then((text) => JSON.parse(text) as { outputs: Record<string, unknown> })
    // There was no build, or another one is writing this very file.
    .catch(() => ({ outputs: {} }));
  const time = new Date(now);
  await Promise.all(
    Object.keys(outputs)
      .filter((path) => basename(dirname(path)) === "chunks")
      .map((path) => utimes(join(folder, basename(path)), time, time).catch(() => undefined)),
  );
}

/** Removes what is not current and was not for an hour: a host that runs from here loads its chunks when it needs them. */
export async function sweepChunks(
  folder: string,
  current: readonly string[],
  now: number,
): Promise<void> {
  const kept = new Set(current);
  const stale = (await readdir(folder)).filter((name) => !kept.has(name));
  for (const path of stale.map((name) => join(folder, name))) {
    // Another build may have swept it meanwhile.
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: now }));
    if (now - mtimeMs > STALE_AFTER_MS) await rm(path, { force: true });
  }
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

/** zod exports the messages of fifty languages as one object, which no bundler can prune; ours are English. */
const englishOnly = {
  name: "english-only",
  setup(bundler: import("esbuild").PluginBuild) {
    bundler.onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
      contents: `export { default as en } from "./en.js";`,
    }));
  },
};

const LAZY_REQUEST = resolve(
  import.meta.dirname,
  "../shared/adapters/azure-functions/lazy-request.ts",
);

/** As an import: source maps hold it, and no machine's folders belong into them. */
const beside = (from: string, to: string): string =>
  relative(dirname(from), to).split(sep).join("/");

/**
 * The Functions library's published bundle is compiled for Nodes long gone: async functions are generators, private
 * fields WeakMaps, several of them for each request. Its source is in the same package, and is compiled for ours.
 */
const functionsFromSource = {
  name: "functions-from-source",
  setup(bundler: import("esbuild").PluginBuild) {
    const library = require.resolve("@azure/functions");
    const source = join(dirname(library), "../src/index.ts");
    bundler.onResolve({ filter: /^@azure\/functions$/ }, () => ({ path: source }));
    // Its ES module exports nothing by name.
    const base = createRequire(library).resolve("@azure/functions-extensions-base");
    bundler.onResolve({ filter: /^@azure\/functions-extensions-base$/ }, () => ({ path: base }));
    // Its `Request` is ours, which is made when it is read (docs/decisions/0003).
    bundler.onLoad(
      { filter: /[/\\]functions[/\\]src[/\\]http[/\\]HttpRequest\.ts$/ },
      async ({ path }) => ({
        contents: `import { LazyRequest as Request } from ${JSON.stringify(beside(path, LAZY_REQUEST))};\n${await readFile(path, "utf8")}`,
        loader: "ts",
        resolveDir: dirname(path),
      }),
    );
  },
};

/**
 * An ES module's import of `http` reads each of its properties, WebSocket and fetch's parts among them, for which Node
 * then loads all of undici: a tenth of the time that the app takes to load. A required one is read when it is used.
 */
const httpOnDemand = {
  name: "http-on-demand",
  setup(bundler: import("esbuild").PluginBuild) {
    bundler.onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === "import-statement" ? { path: "node:http", namespace: "on-demand" } : undefined,
    );
    bundler.onLoad({ filter: /./, namespace: "on-demand" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)})`,
    }));
  },
};

if (import.meta.main) await buildAll();
