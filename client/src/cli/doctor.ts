/** `mcp doctor`: is everything as it should be, and if not, what is to be done. */
import type { Command } from "commander";
import { KEY_PATTERN, keyHint } from "../../../shared/access/key-format.ts";
import type { HealthAnswer } from "../contract-types.ts";
import { McpError } from "../mcp-error.ts";
import { isLocal } from "./credential.ts";
import { type ExitCode, exitCodes, whyUnreachable } from "./failure.ts";
import type { Run } from "./run.ts";
import type { Session } from "./session.ts";
import { duration, jsonText, oneLine, paint } from "./text.ts";

interface Check {
  readonly name: string;
  readonly state: "ok" | "warn" | "fail";
  readonly detail: string;
}

const MIN_NODE = 20;
const PATIENCE_MS = 10_000;

export function addDoctorCommand(program: Command, run: Run): void {
  program
    .command("doctor")
    .description("check this machine, the server and your key")
    .action(run(doctor));
}

async function doctor(session: Session): Promise<ExitCode> {
  const checks: Check[] = [];
  for await (const check of examine(session)) {
    checks.push(check);
    if (!session.json) session.io.stdout.write(line(check, session));
  }
  if (session.json)
    session.io.stdout.write(`${jsonText({ server_url: session.serverUrl, checks })}\n`);
  return checks.some((check) => check.state === "fail") ? exitCodes.unexpected : exitCodes.ok;
}

function line({ name, state, detail }: Check, { view }: Session): string {
  const mark = {
    ok: paint(view, "green", "✓"),
    warn: paint(view, "yellow", "!"),
    fail: paint(view, "red", "✗"),
  }[state];
  return `${mark} ${name.padEnd(22)} ${oneLine(detail)}\n`;
}

async function* examine(session: Session): AsyncGenerator<Check> {
  const node = Number.parseInt(process.versions.node, 10);
  yield {
    name: "node",
    state: node >= MIN_NODE ? "ok" : "fail",
    detail: `${process.versions.node} (${MIN_NODE} or newer is needed)`,
  };
  const reached = await reach(session);
  yield* reached.checks;
  if (!reached.goOn) return;
  yield* examineKey(session);
  yield* examineHealth(session);
}

/** One call tells both whether something answers there and whether it is ready. */
async function reach({ client, serverUrl }: Session): Promise<{ goOn: boolean; checks: Check[] }> {
  const answers: Check = { name: "server", state: "ok", detail: `${serverUrl} answers` };
  try {
    await client.ready({ signal: AbortSignal.timeout(PATIENCE_MS) });
    return {
      goOn: true,
      checks: [answers, { name: "ready", state: "ok", detail: "it can serve" }],
    };
  } catch (error) {
    if (!(error instanceof McpError))
      return {
        goOn: false,
        checks: [
          {
            name: "server",
            state: "fail",
            detail: `${serverUrl} did not answer within ${PATIENCE_MS / 1_000} s`,
          },
        ],
      };
    if (error.code === "unreachable")
      return {
        goOn: false,
        checks: [{ name: "server", state: "fail", detail: whyUnreachable(error, serverUrl) }],
      };
    if (error.code === "not_the_platform")
      return {
        goOn: false,
        checks: [{ name: "server", state: "fail", detail: `${error.detail} Check --server-url.` }],
      };
    return {
      goOn: true,
      checks: [answers, { name: "ready", state: "fail", detail: error.detail }],
    };
  }
}

async function* examineKey({ client, credential, serverUrl }: Session): AsyncGenerator<Check> {
  if (credential.key === undefined) {
    yield { name: "key", state: "fail", detail: `none found ${credential.origin}` };
    return;
  }
  if (serverUrl.startsWith("http:") && !isLocal(serverUrl)) {
    yield {
      name: "transport",
      state: "warn",
      detail: "http to another machine: the key and the data can be read on the way; use https",
    };
  }
  const hint = KEY_PATTERN.test(credential.key) ? keyHint(credential.key) : "not in the key format";
  try {
    const info = await client.keyInfo();
    const grants = [...info.roles.map((role) => `role ${role}`), ...info.permissions].join(", ");
    yield {
      name: "key",
      state: info.is_active ? "ok" : "fail",
      detail: `${hint} of ${info.owner}, from ${credential.origin}; may: ${grants || "nothing"}`,
    };
  } catch (error) {
    yield {
      name: "key",
      state: "fail",
      detail: `${hint}, from ${credential.origin}: ${reasonOf(error)}`,
    };
  }
}

async function* examineHealth({ client }: Session): AsyncGenerator<Check> {
  let health: HealthAnswer;
  try {
    health = await client.health();
  } catch (error) {
    const denied = error instanceof McpError && (error.status === 401 || error.status === 403);
    yield {
      name: "health",
      state: denied ? "warn" : "fail",
      detail: denied ? "not seen: that takes a key with health:read" : reasonOf(error),
    };
    return;
  }
  const stateOf = { healthy: "ok", degraded: "warn", unhealthy: "fail" } as const;
  for (const { name, status, evidence, latency_ms } of health.components) {
    yield {
      name,
      state: stateOf[status],
      detail: `${status}: ${evidence} (${duration(latency_ms)})`,
    };
  }
  // A model's endpoint is not ours: it is shown, and does not fail the doctor.
  for (const { model_id, state, evidence } of health.models) {
    yield {
      name: `model ${model_id}`,
      state: state === "healthy" ? "ok" : "warn",
      detail: `${state}: ${evidence}`,
    };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof McpError && error.status === 401)
    return "the server does not accept it (unknown, revoked or expired)";
  return error instanceof Error ? error.message : String(error);
}
