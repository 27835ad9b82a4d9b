/** From anything thrown to an exit code and the one or two lines that say what to do. */
import { McpError } from "../mcp-error.ts";

/** Stable: scripts rely on them. `mcp --help` prints this table. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  unreachable: 3,
  denied: 4,
  notFound: 5,
  refused: 6,
  unanswered: 7,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeHelp = `Exit codes:
  0  done
  1  something unexpected: the server failed, was too busy or timed out; or doctor found a fault
  2  wrong usage
  3  the server cannot be reached
  4  no valid API key, or one without the permission
  5  not found
  6  refused: the request, file or statement is not valid, or conflicts with what is there
  7  the question was not answered (it is ambiguous, or the data cannot answer it)`;

interface Failure extends Error {
  readonly exitCode: ExitCode;
  readonly lines: readonly string[];
}

/** Ends the command with these lines on stderr. */
export function fail(exitCode: ExitCode, ...lines: readonly string[]): never {
  throw Object.assign(new Error(lines[0]), { exitCode, lines });
}

export interface CallFacts {
  readonly serverUrl: string;
  readonly hasKey: boolean;
}

export function describeFailure(
  error: unknown,
  facts: CallFacts,
): Pick<Failure, "exitCode" | "lines"> {
  if (isFailure(error)) return error;
  if (error instanceof McpError)
    return { exitCode: exitCodeOf(error), lines: linesOf(error, facts) };
  const what = error instanceof Error ? error.message : String(error);
  return {
    exitCode: exitCodes.unexpected,
    lines: [`mcp: ${what}`, "This is a fault of the command line itself; please report it."],
  };
}

function isFailure(error: unknown): error is Failure {
  return error instanceof Error && "exitCode" in error && "lines" in error;
}

export function exitCodeOf(error: McpError): ExitCode {
  if (error.code === "unreachable" || error.code === "not_the_platform")
    return exitCodes.unreachable;
  if (error.status === 401 || error.status === 403) return exitCodes.denied;
  if (error.status === 404) return exitCodes.notFound;
  return error.status >= 400 && error.status < 500 && error.status !== 429
    ? exitCodes.refused
    : exitCodes.unexpected;
}

function linesOf(error: McpError, facts: CallFacts): readonly string[] {
  switch (error.code) {
    case "unreachable":
      return [whyUnreachable(error, facts.serverUrl)];
    case "timed_out":
      return [`${error.detail} Try again, or run mcp doctor.`];
    case "not_the_platform":
      return [`${error.detail} Check --server-url (or MCP_SERVER_URL).`];
    case "unauthenticated":
      return [
        facts.hasKey
          ? "The API key is not valid: it is unknown, revoked or expired."
          : "No API key: pass --api-key, or set MCP_API_KEY.",
      ];
    case "forbidden":
      return [`Not permitted. ${error.detail} Ask an admin for a key that has it.`];
    default:
      return [`${error.title}: ${error.detail}${reference(error)}`, ...faults(error)];
  }
}

/** Faults of the server carry the id that its logs hold them under. */
function reference(error: McpError): string {
  return error.status >= 500 && error.requestId !== null ? ` (request ${error.requestId})` : "";
}

/** One fault is in the detail already; of several, each gets its line. */
function faults(error: McpError): readonly string[] {
  const lines = error.errors.map(
    ({ pointer, message }) => `  ${pointer === "" ? "/" : pointer}: ${message}`,
  );
  const said = error.detail.toLowerCase().includes((error.errors[0]?.message ?? "").toLowerCase());
  return lines.length === 1 && said ? [] : lines;
}

export function whyUnreachable(error: McpError, serverUrl: string): string {
  switch (causeCode(error.cause)) {
    case "ECONNREFUSED":
      return `No server at ${serverUrl} — start one with npm start`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `No such host: ${serverUrl}. Check --server-url (or MCP_SERVER_URL).`;
    default:
      return `${serverUrl} cannot be reached (${rootMessage(error.cause)}). Check --server-url (or MCP_SERVER_URL).`;
  }
}

/** fetch wraps the socket's error in a cause, and several addresses tried in an AggregateError. */
function causeCode(error: unknown): string | undefined {
  for (
    let at: unknown = error;
    at instanceof Error;
    at = at instanceof AggregateError ? at.errors[0] : at.cause
  ) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return undefined;
}

function rootMessage(error: unknown): string {
  let message = "no reason given";
  for (let at: unknown = error; at instanceof Error; at = at.cause) message = at.message || message;
  return message;
}
