/** Which files make a table: patterns with wildcards, formats by ending, and tables found by looking. */
import type { LakeTableConfig } from "./lake-config.ts";
import type { LakeFile, LakeFormat } from "./ports.ts";

export interface LakeTable {
  readonly name: string;
  /** What all its files begin with; listed with one call. */
  readonly prefix: string;
  readonly path: string;
  readonly format: LakeFormat;
  readonly hivePartitioning: boolean | "auto";
  readonly options: LakeTableConfig["options"];
  matches(fileName: string): boolean;
}

const ENDINGS: readonly (readonly [RegExp, LakeFormat])[] = [
  [/\.(parquet|parq|pq)$/i, "parquet"],
  [/\.(csv|tsv|txt)(\.gz)?$/i, "csv"],
  [/\.(json|jsonl|ndjson)(\.gz)?$/i, "json"],
];

export function formatOf(name: string): LakeFormat | null {
  return ENDINGS.find(([ending]) => ending.test(name))?.[1] ?? null;
}

/** A table as it was configured. A path without wildcard and ending is a folder. */
export function tableOf(config: LakeTableConfig): LakeTable {
  const inferred = formatOf(config.path);
  const format = config.format ?? inferred ?? "parquet";
  const isFolder = inferred === null && !/[*?]/.test(config.path);
  const path = isFolder ? `${config.path.replace(/\/$/, "")}/**` : config.path;
  const pattern = patternOf(path);
  return {
    name: config.name,
    prefix: /^[^*?]*/.exec(path)?.[0] ?? "",
    path,
    format,
    hivePartitioning: config.hive_partitioning ?? "auto",
    options: config.options,
    matches: (name) =>
      pattern.test(name) && (config.format !== undefined || formatOf(name) === format),
  };
}

/** `*` and `?` stay within a folder, `**` crosses them; neither begins with `_` or `.`, which is how writers hide files. */
function patternOf(path: string): RegExp {
  const parts = path.split("/").map((part) => {
    if (part === "**") return null;
    const text = part
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replace(/\*+/g, "[^/]*")
      .replace(/\?/g, "[^/]");
    return /^[*?]/.test(part) ? `(?![_.])${text}` : text;
  });
  const body = parts.reduce<string>((done, part, i) => {
    const last = i === parts.length - 1;
    if (part === null)
      return done + (last ? "(?:(?![_.])[^/]+/)*(?![_.])[^/]+" : "(?:(?![_.])[^/]+/)*");
    return done + part + (last ? "" : "/");
  }, "");
  return new RegExp(`^${body}$`, "us");
}

/** Each folder and each file at the top is a table, named after it in lower case; the commonest format of a folder wins. */
export function discoverTables(files: readonly LakeFile[]): LakeTable[] {
  const counts = new Map<string, Map<LakeFormat, number>>();
  for (const { name } of files) {
    const format = formatOf(name);
    if (format === null || name.split("/").some((part) => /^[_.]/.test(part))) continue;
    const slash = name.indexOf("/");
    const top = slash < 0 ? name : name.slice(0, slash + 1);
    const formats = counts.get(top) ?? new Map<LakeFormat, number>();
    counts.set(top, formats.set(format, (formats.get(format) ?? 0) + 1));
  }
  const taken = new Set<string>();
  return [...counts].flatMap(([top, formats]) => {
    const [format] = [...formats].sort((a, b) => b[1] - a[1])[0] ?? ["parquet"];
    const name = nameFor(top);
    // A folder and a file of one name: the first stands, the other needs a name of its own in `tables`.
    if (name === "" || taken.has(name) || /[*?]/.test(top)) return [];
    taken.add(name);
    const path = top.endsWith("/") ? `${top}**` : top;
    const found = tableOf({ name, path, format, options: {} });
    return [
      { ...found, matches: (file: string) => found.matches(file) && formatOf(file) === format },
    ];
  });
}

function nameFor(top: string): string {
  return top
    .replace(/\/$/, "")
    .replace(/(\.(parquet|parq|pq|csv|tsv|txt|json|jsonl|ndjson))(\.gz)?$/i, "")
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
