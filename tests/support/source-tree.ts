/** The source files of the product as data: their imports, their functions' lengths, their uses of `any`. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { parseSync } from "vite";

export const ROOT = resolve(import.meta.dirname, "../..");

export type ImportForm = "static" | "dynamic" | "type";

export interface Import {
  /** Repository path for a file of ours, package name for a package, `node:x` for Node. */
  readonly target: string;
  readonly form: ImportForm;
  readonly ours: boolean;
}

export interface SourceFunction {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

export interface SourceFile {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly functions: readonly SourceFunction[];
  /** Whether the first thing in the file is a doc comment. */
  readonly opensWithComment: boolean;
  /** Lines with the type `any`. */
  readonly anys: readonly number[];
  /** Lines that read `process.env`. */
  readonly envs: readonly number[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const SOURCE = /\.(ts|js|mjs)$/;

export function listFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !path.includes("node_modules"))
    .sort();
}

export function readTree(folders: readonly string[]): SourceFile[] {
  return folders
    .flatMap(listFiles)
    .filter((path) => SOURCE.test(path))
    .map(readSource);
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), "utf8");
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const lineAt = lineFinder(text);
  const imports: Import[] = [];
  const functions: SourceFunction[] = [];
  const anys: number[] = [];
  const envs: number[] = [];
  walk(program as unknown as Node, null, (node, parent) => {
    const found = importOf(node, path);
    if (found) imports.push(found);
    if (isFunction(node))
      functions.push({
        name: nameOf(node, parent),
        line: lineAt(node.start),
        lines: lineAt(node.end) - lineAt(node.start) + 1,
      });
    if (node.type === "TSAnyKeyword") anys.push(lineAt(node.start));
    if (isProcessEnv(node)) envs.push(lineAt(node.start));
  });
  const opensWithComment = /^(#!.*\n)?\/\*\*/.test(text);
  const lines = lineAt(text.length - 1);
  return { path, lines, opensWithComment, imports, functions, anys, envs };
}

function walk(node: Node, parent: Node | null, visit: (node: Node, parent: Node | null) => void) {
  visit(node, parent);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value])
      if (typeof child === "object" && child !== null && "type" in child)
        walk(child as Node, node, visit);
  }
}

function importOf(node: Node, path: string): Import | null {
  const source = (node.source ?? null) as Node | null;
  if (source === null || typeof source.value !== "string") return null;
  const form = formOf(node);
  return form === null ? null : { ...resolveTarget(path, source.value), form };
}

function formOf(node: Node): ImportForm | null {
  if (node.type === "ImportExpression") return "dynamic";
  if (node.type === "TSImportType") return "type";
  if (node.type === "ExportAllDeclaration") return node.exportKind === "type" ? "type" : "static";
  if (node.type !== "ImportDeclaration" && node.type !== "ExportNamedDeclaration") return null;
  if (node.importKind === "type" || node.exportKind === "type") return "type";
  const specifiers = node.specifiers as readonly Node[];
  const onlyTypes =
    specifiers.length > 0 &&
    specifiers.every((one) => one.importKind === "type" || one.exportKind === "type");
  return onlyTypes ? "type" : "static";
}

function resolveTarget(path: string, specifier: string): { target: string; ours: boolean } {
  if (specifier.startsWith("."))
    return { target: join(dirname(path), specifier).split(sep).join("/"), ours: true };
  if (specifier.startsWith("node:")) return { target: specifier, ours: false };
  const parts = specifier.split("/");
  return { target: parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/"), ours: false };
}

const isFunction = (node: Node): boolean =>
  node.body !== null &&
  ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"].includes(node.type);

function nameOf(node: Node, parent: Node | null): string {
  const named = (node.id ?? parent?.id ?? parent?.key) as { name?: string } | null | undefined;
  return named?.name ?? "(anonymous)";
}

function isProcessEnv(node: Node): boolean {
  if (node.type !== "MemberExpression") return false;
  const { object, property } = node as unknown as Record<string, { name?: string; value?: string }>;
  return object?.name === "process" && (property?.name ?? property?.value) === "env";
}

function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    for (let high = starts.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((starts[middle] as number) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
