/** Which way the arrows point (docs/architecture.md), as data: zone → what its files may import. */
import type { ImportForm, SourceFile } from "./source-tree.ts";

/** Small pure libraries: no I/O and no state of their own, so that any room may stand on them without `await import()`. */
export const PURE_PACKAGES = ["zod", "lru-cache", "ipaddr.js"];

interface Rule {
  /** Zones whose files may be imported; with `types`, for their types only. */
  readonly ours: Readonly<Record<string, "values" | "types">>;
  readonly packages: Readonly<Record<string, "values" | "types">>;
}

const pure = Object.fromEntries(PURE_PACKAGES.map((name) => [name, "values"] as const));

export const RULES: Readonly<Record<string, Rule>> = {
  kernel: { ours: { kernel: "values" }, packages: {} },
  contract: { ours: { contract: "values", kernel: "types" }, packages: { zod: "values" } },
  config: { ours: {}, packages: { zod: "values" } },
  room: {
    ours: { kernel: "values", contract: "values", own: "values", ports: "types" },
    packages: pure,
  },
  adapter: {
    ours: {
      kernel: "values",
      // A kind of source describes its own configuration, out of the contract's words.
      contract: "values",
      config: "types",
      own: "values",
      ports: "types",
      "room noun": "values",
      http: "types",
    },
    // One vendor at most, which its own test below counts; `sql` of kysely is a pure tag, as are the libraries above.
    packages: { ...pure, kysely: "values", "*": "types" },
  },
  http: {
    ours: { kernel: "values", contract: "values", http: "values", "access ports": "types" },
    packages: { zod: "values" },
  },
  functions: {
    ours: {
      functions: "values",
      http: "values",
      kernel: "values",
      contract: "values",
      compose: "values",
      ports: "types",
      "use case": "values",
      "room noun": "values",
    },
    packages: { zod: "values" },
  },
  compose: {
    ours: {
      compose: "values",
      config: "values",
      kernel: "values",
      contract: "values",
      http: "values",
      ports: "values",
      "use case": "values",
      "room noun": "values",
      adapter: "values",
    },
    packages: {},
  },
  client: {
    ours: { client: "values", contract: "types" },
    packages: { commander: "values", yaml: "values", "cli-table3": "values", zod: "types" },
  },
  web: { ours: { web: "values" }, packages: {} },
  local: {
    ours: { local: "values" },
    packages: {
      zod: "values",
      croner: "values",
      "cli-table3": "values",
      azurite: "values",
      yaml: "values",
    },
  },
};

/** Arrows beside the table, each with its reason. */
export const EXCEPTIONS: readonly { from: RegExp; to: string | RegExp; reason: string }[] = [
  {
    from: /^shared\/adapters\/data-lake\/kind\.ts$/,
    to: "shared/adapters/lake-blobs/blob-store.ts",
    reason:
      "a lake is two vendors' work: the storage that holds the files and the engine that reads them",
  },
  {
    from: /^shared\/adapters\/(pglite|postgres)\//,
    to: /^shared\/adapters\/pg-values\//,
    reason: "the text forms of PostgreSQL's values are the same in the server and in PGlite",
  },
  {
    from: /^shared\/adapters\/(redis|upstash)\//,
    to: /^shared\/adapters\/redis-scripts\//,
    reason: "what Redis is asked is the same over its own protocol and over REST",
  },
  {
    from: /^shared\/adapters\/metadata\/database\.ts$/,
    to: "shared/adapters/pglite/metadata-pool.ts",
    reason: "the embedded default of the metadata database, loaded when no server is configured",
  },
  {
    from: /^shared\/adapters\/azure-functions\//,
    to: /^shared\/http\//,
    reason: "the adapter of the platform's triggers is what calls the way in",
  },
  {
    from: /^shared\/adapters\/azure-functions\//,
    to: "@azure/functions",
    reason: "the host's own library, needed for registering at load",
  },
  {
    from: /^functions\/main\.ts$/,
    to: /^shared\/(config|adapters\/azure-functions\/register)\.ts$/,
    reason: "the entry file reads the configuration and registers the definitions",
  },
  {
    from: /^functions\/version\.ts$/,
    to: /^package\.json$/,
    reason: "the version is written once",
  },
  {
    from: /^functions\/site\.ts$/,
    to: /^web\//,
    reason: "the dashboard's files are text that a function answers with",
  },
  {
    from: /^client\/src\/cli\//,
    to: "shared/access/key-format.ts",
    reason: "`mcp keys generate` and `mcp doctor` know the key format without a server",
  },
  {
    from: /^local\/start\.ts$/,
    to: /^(scripts\/build|shared\/config|shared\/access\/key-format|shared\/adapters\/crypto\/key-file)\.ts$/,
    reason:
      "`npm start` builds, checks the settings and makes the admin key before it starts the host",
  },
];

/** The zone of a file, or null for a place that no rule knows. */
export function zoneOf(path: string): string | null {
  const [top, second] = path.split("/");
  if (top !== "shared") return RULES[top ?? ""] ? (top as string) : null;
  if (path === "shared/config.ts") return "config";
  if (/^shared\/compose[^/]*(\.ts|\/)/.test(path)) return "compose";
  if (second === "adapters") return "adapter";
  if (second === "kernel" || second === "contract" || second === "http") return second;
  return path.split("/").length > 2 ? "room" : null;
}

/** `shared/<room>` or `shared/adapters/<vendor>`: what counts as a file's own. */
const home = (path: string): string =>
  path
    .split("/")
    .slice(0, path.startsWith("shared/adapters/") ? 3 : 2)
    .join("/");

const isPorts = (path: string): boolean => /(^|[/-])ports\.ts$/.test(path);

/** A use-case takes the call's context (house style: `verbNoun(deps, input, ctx)`); the other files of a room are nouns. */
export const isUseCase = (file: SourceFile | undefined): boolean =>
  file?.imports.some((one) => one.target === "shared/kernel/context.ts") ?? false;

/** Every name under which a rule may allow the import of `target` by `path`. */
export function targetNames(
  path: string,
  target: string,
  tree: ReadonlyMap<string, SourceFile>,
): string[] {
  const zone = zoneOf(target);
  const names: string[] = [];
  if (zone !== null && zone !== "room" && zone !== "adapter") names.push(zone);
  if (zone === "adapter" && zoneOf(path) === "compose") names.push("adapter");
  if ((zone === "room" || zone === "adapter") && home(path) === home(target)) names.push("own");
  if (zone === "room") {
    if (isPorts(target))
      names.push("ports", ...(home(target) === "shared/access" ? ["access ports"] : []));
    else names.push(isUseCase(tree.get(target)) ? "use case" : "room noun");
  }
  return names;
}

/** Null when the import is in order, else what is wrong with it. */
export function objection(
  path: string,
  one: { target: string; form: ImportForm; ours: boolean },
  tree: ReadonlyMap<string, SourceFile>,
): string | null {
  const zone = zoneOf(path);
  if (zone === null) return "lies in no known room";
  if (one.target.startsWith("node:")) return null;
  const exempt = EXCEPTIONS.some(
    ({ from, to }) =>
      from.test(path) && (typeof to === "string" ? to === one.target : to.test(one.target)),
  );
  const rule = RULES[zone];
  if (exempt || rule === undefined) return null;
  const allowed = one.ours
    ? targetNames(path, one.target, tree).map((name) => rule.ours[name])
    : [rule.packages[one.target], rule.packages["*"]];
  if (allowed.includes("values")) return null;
  // A vendor comes late: through `await import()`, so that loading the application loads none of them.
  if (!one.ours && one.form === "dynamic" && (zone === "adapter" || zone === "local")) return null;
  if (!one.ours && one.form === "type" && zone === "local") return null;
  if (allowed.includes("types"))
    return one.form === "type" ? null : `may import only types of ${one.target}`;
  return `may not import ${one.target}`;
}
