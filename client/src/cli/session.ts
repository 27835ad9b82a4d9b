/** What every command has at hand: the client, the wish for JSON, and a way to print. */
import { createClient, type McpClient } from "../create-client.ts";
import { type Credential, findCredential } from "./credential.ts";
import { exitCodes, fail } from "./failure.ts";
import type { Io } from "./io.ts";
import { jsonText, type View } from "./text.ts";

export interface GlobalOptions {
  readonly serverUrl?: string;
  readonly apiKey?: string;
  readonly json?: boolean;
}

export interface Session {
  readonly io: Io;
  readonly json: boolean;
  readonly view: View;
  readonly serverUrl: string;
  readonly credential: Credential;
  readonly client: McpClient;
  /** Prints the raw answer with --json, or else what `render` makes of it. */
  print<T>(answer: T, render: (answer: T, view: View) => string): void;
}

export const DEFAULT_SERVER_URL = "http://localhost:7071";

/** Without `/api` and trailing slashes, as people know it. */
export function serverUrlOf(options: GlobalOptions, io: Io): string {
  const given = options.serverUrl || io.env.MCP_SERVER_URL || DEFAULT_SERVER_URL;
  return given
    .trim()
    .replace(/\/+$/, "")
    .replace(/\/api$/, "");
}

export async function openSession(options: GlobalOptions, io: Io): Promise<Session> {
  const serverUrl = serverUrlOf(options, io);
  const view = viewOf(io);
  const json = options.json === true;
  const credential = await findCredential(options.apiKey, serverUrl, io);
  return {
    io,
    json,
    view,
    serverUrl,
    credential,
    client: openClient(serverUrl, credential.key),
    print: (answer, render) =>
      io.stdout.write(json ? `${jsonText(answer)}\n` : render(answer, view)),
  };
}

function openClient(serverUrl: string, apiKey: string | undefined): McpClient {
  try {
    return createClient({ serverUrl, apiKey });
  } catch (error) {
    if (error instanceof TypeError)
      fail(
        exitCodes.usage,
        `The server URL is ${error.message}. Example: --server-url http://localhost:7071`,
      );
    throw error;
  }
}

export function viewOf(io: Io): View {
  return {
    color: io.isTTY && !io.env.NO_COLOR,
    width: io.isTTY ? Math.max(40, io.columns) : null,
  };
}
