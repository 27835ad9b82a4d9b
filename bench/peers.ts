/**
 * `node bench/peers.ts <folder>`: 100 uncached rows of PostgreSQL through the platform, beside what peers need for the
 * same statement, in interleaved rounds. `folder` is where `npm install @bytebase/dbhub @toolbox-sdk/server` was run;
 * they are no dependencies of this project.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../local/ports.ts";
import { createShooter } from "./http-client.ts";
import { openBench } from "./open-bench.ts";
import { interleave, median } from "./rounds.ts";
import { HUNDRED_ROWS } from "./statements.ts";

const ROUNDS = 9;
const SHOTS = 1_500;

interface Peer {
  readonly name: string;
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

const children: ChildProcess[] = [];

async function main(folder: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "mcp-peers-"));
  execFileSync("chmod", ["755", work]);
  const bench = await openBench(work, HUNDRED_ROWS);
  try {
    const peers = [
      { name: "bare node:http + pg", url: bench.bareUrl, body: "{}" },
      {
        name: "the platform",
        url: `${bench.platformUrl}/api/query`,
        headers: { "x-api-key": bench.key, "cache-control": "no-store" },
        body: JSON.stringify({ sql: HUNDRED_ROWS, source: "bench" }),
      },
      await startToolbox(folder, work, bench.postgresUrl),
      await startDbhub(folder, bench.postgresUrl),
    ];
    const contenders = [];
    for (const peer of peers) {
      const shooter = createShooter(peer);
      await untilAnswered(peer.name, shooter.shoot);
      contenders.push({ name: peer.name, run: shooter.run });
    }
    const rounds = await interleave(contenders, ROUNDS, SHOTS);
    console.log(`100 uncached rows, ${ROUNDS} interleaved rounds of ${SHOTS}, one connection`);
    for (const { name } of peers) {
      const p50 = median(rounds.map((round) => round.p50[name] as number));
      const rate = median(rounds.map((round) => round.rate[name] as number));
      const ratio = median(
        rounds.map(
          (round) => (round.rate[name] as number) / (round.rate["the platform"] as number),
        ),
      );
      console.log(
        `  ${name.padEnd(20)} p50 ${(p50 * 1_000).toFixed(0).padStart(5)} µs  ${rate.toFixed(0).padStart(5)}/s  ${ratio.toFixed(2)} of the platform's rate`,
      );
    }
  } finally {
    await Promise.all(children.map(endChild));
    await bench.stop();
    await rm(work, { recursive: true, force: true });
  }
}

const START_LIMIT_MS = 120_000;
const AGAIN_MS = 250;
const pause = () => new Promise((resolve) => setTimeout(resolve, AGAIN_MS));

/** A peer listens before it can answer: its connections are made with its first calls. */
async function untilAnswered(name: string, shoot: () => Promise<string>): Promise<void> {
  const limit = Date.now() + START_LIMIT_MS;
  for (;;) {
    const answer = await shoot().catch((error: Error) => error.message);
    if (answer.includes("shipped")) return;
    if (Date.now() > limit) throw new Error(`${name} answered ${answer.slice(0, 300)}`);
    await pause();
  }
}

/** Resolves when it has ended: what it wrote may be removed then. */
async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  // With what it started itself: a peer's command is a script around a program.
  if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  await ended;
}

const RPC_HEADERS = {
  accept: "application/json, text/event-stream",
  "mcp-protocol-version": "2025-06-18",
};
const callTool = (name: string, args: Record<string, string>) =>
  JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name, arguments: args },
  });

/** The statement is fixed in its configuration: it guards nothing, as its caller cannot send SQL. */
async function startToolbox(folder: string, work: string, postgresUrl: string): Promise<Peer> {
  const { hostname, port: databasePort, username, password } = new URL(postgresUrl);
  const config = join(work, "tools.yaml");
  await writeFile(
    config,
    `sources:
  bench: { kind: postgres, host: ${hostname}, port: ${databasePort}, database: postgres, user: ${username}, password: ${password} }
tools:
  rows:
    kind: postgres-sql
    source: bench
    description: rows
    statement: ${JSON.stringify(HUNDRED_ROWS)}
`,
  );
  const port = await freePort();
  const command = join(folder, "node_modules/.bin/toolbox");
  const options = ["--config", config, "--port", String(port), "--disable-version-check"];
  await startChild(command, options, `http://127.0.0.1:${port}/mcp`);
  return {
    name: "Toolbox",
    url: `http://127.0.0.1:${port}/mcp`,
    headers: RPC_HEADERS,
    body: callTool("rows", {}),
  };
}

async function startDbhub(folder: string, postgresUrl: string): Promise<Peer> {
  const port = await freePort();
  const entry = join(folder, "node_modules/@bytebase/dbhub/dist/index.js");
  const dsn = `${postgresUrl}/postgres?sslmode=disable`;
  const options = ["--transport", "http", "--port", String(port), "--dsn", dsn];
  const url = `http://127.0.0.1:${port}/mcp`;
  await startChild(process.execPath, [entry, ...options], url);
  return {
    name: "DBHub",
    url,
    headers: RPC_HEADERS,
    body: callTool("execute_sql", { sql: HUNDRED_ROWS }),
  };
}

/** Waits until it listens. */
async function startChild(command: string, args: readonly string[], url: string): Promise<void> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"], detached: true });
  // Where there is no such program it never starts.
  await once(child, "spawn");
  children.push(child);
  const limit = Date.now() + START_LIMIT_MS;
  while (!(await isListening(Number(new URL(url).port)))) {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}`);
    if (Date.now() > limit) throw new Error(`${command} did not listen`);
    await pause();
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

await main(process.argv[2] ?? ".");
process.exit(0);
