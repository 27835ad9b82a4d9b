/** Which API key a command uses: the option, the environment, or the file that a local server keeps. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Io } from "./io.ts";

export interface Credential {
  readonly key: string | undefined;
  /** Where it came from, in words. */
  readonly origin: string;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\])$/;

export async function findCredential(
  option: string | undefined,
  serverUrl: string,
  io: Io,
): Promise<Credential> {
  if (option) return { key: option.trim(), origin: "--api-key" };
  const fromEnvironment = io.env.MCP_API_KEY?.trim();
  if (fromEnvironment) return { key: fromEnvironment, origin: "MCP_API_KEY" };
  // The file is the admin key of the server on this machine: it is no other server's business.
  if (!isLocal(serverUrl))
    return { key: undefined, origin: "nowhere: pass --api-key, or set MCP_API_KEY" };
  const path = resolve(io.cwd, io.env.MCP_DATA_DIR || ".mcp", "admin-key");
  const key = await readFile(path, "utf8").then(
    (text) => text.trim(),
    () => "",
  );
  if (key === "")
    return {
      key: undefined,
      origin: `nowhere: pass --api-key, set MCP_API_KEY, or make ${path} readable`,
    };
  return { key, origin: path };
}

export function isLocal(serverUrl: string): boolean {
  return URL.canParse(serverUrl) && LOOPBACK.test(new URL(serverUrl).hostname);
}
