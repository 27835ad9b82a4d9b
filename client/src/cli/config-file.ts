/** Configuration files in YAML or JSON: read with positions, so that every fault names its line. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import { McpError } from "../mcp-error.ts";
import { exitCodeOf, exitCodes, fail } from "./failure.ts";
import type { Io } from "./io.ts";

export interface ConfigFile {
  readonly value: Readonly<Record<string, unknown>>;
  /** `file:line:column` of the value that a JSON Pointer names, or just the file. */
  locate(pointer: string): string;
}

/** Ends the command when the file cannot be read (usage) or is no YAML mapping (refused). */
export async function readConfigFile(name: string, io: Io): Promise<ConfigFile> {
  const text = await readFile(resolve(io.cwd, name), "utf8").catch((error: NodeJS.ErrnoException) =>
    fail(
      exitCodes.usage,
      `${name} cannot be read: ${error.code === "ENOENT" ? "there is no such file" : error.message}.`,
    ),
  );
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    fail(
      exitCodes.refused,
      ...document.errors.slice(0, 5).map((error) => `${position(error.pos[0])}: ${error.message}`),
    );
  }
  const value = plainValue(document, name);
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    fail(
      exitCodes.refused,
      `${name}:1:1: the file must hold keys and values, such as "model_id: sales-forecaster".`,
    );
  }
  return {
    value: value as Record<string, unknown>,
    locate: (pointer) => locate(document, pointer, position) ?? name,
  };
}

/** Aliases that lead nowhere, or multiply without end, show only here. */
function plainValue(document: Document, name: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    return fail(
      exitCodes.refused,
      `${name}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function locate(
  document: Document,
  pointer: string,
  position: (offset: number) => string,
): string | null {
  const path = pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (path.length === 0) return null;
  const node = document.getIn(
    path.map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
    true,
  );
  return isNode(node) && node.range ? position(node.range[0]) : null;
}

/** Runs a call made from the file; what the server finds wrong is told with the file's lines. */
export async function sendingFile<T>(file: ConfigFile, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof McpError) || error.errors.length === 0) throw error;
    return fail(
      exitCodeOf(error),
      `${error.title}:`,
      ...error.errors.map(
        ({ pointer, message }) => `  ${file.locate(pointer)} ${pointer || "/"}: ${message}`,
      ),
    );
  }
}
