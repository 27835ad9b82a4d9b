/** A real redis-server of the test's own: a free port, nothing written to disk, stopped and started at will. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { accepts, freePort } from "../../local/ports.ts";

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Ends the process at once: what it held is gone. */
  stop(): Promise<void>;
  /** Starts it anew, empty, on the same port. */
  start(): Promise<void>;
  /** Forgets everything, scripts too: what a restart does, in no time. */
  empty(): Promise<void>;
}

const reason = missing();

/** For `describe.skipIf`. Said loudly; in CI a missing server is a failure. */
export const noRedis: boolean = reason !== null;

function missing(): string | null {
  const { status, error } = spawnSync("redis-server", ["--version"], { stdio: "ignore" });
  if (status === 0) return null;
  const why = error?.message ?? `redis-server --version ended with ${status}`;
  if (process.env.CI === "true") throw new Error(`redis-server is needed: ${why}`);
  console.warn(`\n!! SKIPPED: every test on a real Redis: ${why}\n`);
  return why;
}

export async function startRedis(extra: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort();
  let child: ChildProcess | null = null;
  const start = async () => {
    const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    child = spawn("redis-server", [...args, ...extra], { stdio: "ignore" });
    while (!(await accepts(port))) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await start();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    start,
    empty: () => empty(port),
    stop: async () => {
      const running = child;
      child = null;
      if (running === null || running.exitCode !== null) return;
      const ended = once(running, "exit");
      running.kill("SIGKILL");
      await ended;
    },
  };
}

async function empty(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  // Inline commands (Redis serialization protocol, "Inline commands"); each is answered with +OK.
  socket.write("FLUSHALL\r\nSCRIPT FLUSH\r\n");
  let answer = "";
  for await (const data of socket) {
    answer += String(data);
    if (answer.split("+OK").length > 2) break;
  }
  socket.destroy();
}
