/** The shape of the code: which way imports point, no cycles, no stray environment reads, and the size budgets. */
// covers: ARCH-01
import { describe, expect, it } from "vitest";
import { EXCEPTIONS, objection, PURE_PACKAGES, zoneOf } from "./support/dependency-rules.ts";
import { listFiles, readTree, type SourceFile } from "./support/source-tree.ts";

const tree = readTree(["shared", "functions", "client", "web", "local"]);
const byPath = new Map(tree.map((file) => [file.path, file]));

describe("imports", () => {
  it("point only where the table of arrows allows", () => {
    const wrong = tree.flatMap((file) =>
      file.imports
        .map((one) => objection(file.path, one, byPath))
        .filter((text) => text !== null)
        .map((text) => `${file.path} ${text}`),
    );
    expect(wrong).toEqual([]);
  });

  it("of each exception are still there, so that no exception outlives its reason", () => {
    const unused = EXCEPTIONS.filter(
      ({ from, to }) =>
        !tree.some(
          (file) =>
            from.test(file.path) &&
            file.imports.some(({ target }) =>
              typeof to === "string" ? to === target : to.test(target),
            ),
        ),
    );
    expect(unused).toEqual([]);
  });

  it("bring at most one vendor into a folder of adapters", () => {
    const vendors = new Map<string, Set<string>>();
    for (const file of tree.filter(({ path }) => zoneOf(path) === "adapter")) {
      const folder = file.path.split("/").slice(0, 3).join("/");
      const found = vendors.get(folder) ?? new Set();
      for (const one of file.imports)
        if (!one.ours && !one.target.startsWith("node:")) found.add(vendorOf(one.target));
      vendors.set(folder, found);
    }
    const many = [...vendors]
      .map(([folder, found]) => [folder, [...found].filter((name) => !isNeutral(name))] as const)
      .filter(([, found]) => found.length > 1);
    expect(many).toEqual([]);
  });

  it("make no cycle, types included", () => {
    expect(findCycle(tree)).toEqual([]);
  });
});

describe("the environment", () => {
  it("is read by shared/config.ts alone in what ships as Functions", () => {
    const readers = tree
      .filter(({ path, envs }) => /^(shared|functions)\//.test(path) && envs.length > 0)
      .map(({ path }) => path);
    expect(readers).toEqual(["shared/config.ts"]);
  });
});

describe("names", () => {
  it("of folders say what is in them: no utils, helpers, common, services or types", () => {
    const vague = ["shared", "functions", "client", "web", "local", "scripts"]
      .flatMap(listFiles)
      .filter((path) => /(^|\/)(utils?|helpers?|common|services?|types)\//.test(path));
    expect(vague).toEqual([]);
  });

  it("of files are kebab-case, and each file opens by saying what it is for", () => {
    const bad = tree.filter(({ path }) => !/\/([a-z0-9]+[-.]?)+\.(ts|js|mjs)$/.test(path));
    expect(bad.map(({ path }) => path)).toEqual([]);
    expect(
      tree.filter(({ opensWithComment }) => !opensWithComment).map(({ path }) => path),
    ).toEqual([]);
  });
});

/** Generated code and tables of data: their length says nothing of how hard they are to read. */
const DATA_FILES = [
  "shared/sql/functions.generated.ts",
  "shared/sql/node-shapes.ts",
  "shared/sql/function-choices.ts",
  "shared/sql/duckdb/functions.generated.ts",
  "shared/sql/duckdb/function-choices.ts",
  "shared/sql/duckdb/node-shapes.ts",
  "shared/sql/snowflake/shapes.ts",
  "shared/kernel/error-catalogue.ts",
  "shared/demo/schema-sql.ts",
  "shared/demo/examples.ts",
];

describe("budgets", () => {
  const counted = tree.filter(
    ({ path }) => /^(shared|functions|local|client)\//.test(path) && !DATA_FILES.includes(path),
  );
  const lengths = counted.map(({ lines }) => lines).sort((a, b) => a - b);
  const p90 = lengths[Math.ceil(lengths.length * 0.9) - 1] ?? 0;
  const longest = (files: readonly SourceFile[]) =>
    files.flatMap(({ path, functions }) =>
      functions.map((one) => ({ ...one, where: `${path}:${one.line} ${one.name}` })),
    );
  const functions = longest(counted).sort((a, b) => b.lines - a.lines);

  it("are printed", () => {
    const middle = functions[Math.floor(functions.length / 2)]?.lines;
    console.log(
      `${counted.length} files: median ${lengths[lengths.length >> 1]}, p90 ${p90}, max ${lengths.at(-1)} lines; ` +
        `${functions.length} functions: median ${middle}, max ${functions[0]?.lines} lines (${functions[0]?.where})`,
    );
    expect(DATA_FILES.filter((path) => !byPath.has(path))).toEqual([]);
  });

  it("hold for files: nine in ten within 200 lines, none above 400", () => {
    expect(p90).toBeLessThanOrEqual(200);
    expect(counted.filter(({ lines }) => lines > 400).map(({ path }) => path)).toEqual([]);
  });

  it("hold for functions: none above 60 lines", () => {
    const over = functions.filter(({ lines }) => lines > 60);
    expect(over.map(({ where, lines }) => `${where}: ${lines}`)).toEqual([]);
  });

  it("hold for `any`: none", () => {
    expect(tree.flatMap(({ path, anys }) => anys.map((line) => `${path}:${line}`))).toEqual([]);
  });
});

/** The packages of one SDK are one vendor, as are PostgreSQL's parser and the deparser of its trees. */
const vendorOf = (name: string): string =>
  name.startsWith("@azure/") ? "@azure" : name === "pgsql-deparser" ? "libpg-query" : name;
/** kysely is the query builder of the metadata stores; which database it talks to is the vendor. */
const isNeutral = (name: string): boolean => name === "kysely" || PURE_PACKAGES.includes(name);

/** The first cycle found, as a list of files, or an empty list. */
function findCycle(files: readonly SourceFile[]): string[] {
  const state = new Map<string, "open" | "done">();
  const trail: string[] = [];
  const visit = (path: string): string[] => {
    if (state.get(path) === "done") return [];
    if (state.get(path) === "open") return [...trail.slice(trail.indexOf(path)), path];
    state.set(path, "open");
    trail.push(path);
    for (const { target, ours } of byPath.get(path)?.imports ?? []) {
      const cycle = ours && byPath.has(target) ? visit(target) : [];
      if (cycle.length > 0) return cycle;
    }
    trail.pop();
    state.set(path, "done");
    return [];
  };
  for (const { path } of files) {
    const cycle = visit(path);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
