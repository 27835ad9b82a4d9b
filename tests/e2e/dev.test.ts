/** `npm run dev`: a change is built and started anew; a mistake is told, and the next change mends it. */
// covers: HOST-13
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { freePort, isFree } from "../../local/ports.ts";
import { until } from "../support/local-host.ts";
import { newcomersEnv } from "../support/newcomers-env.ts";

const LEFT_OUT = /^(\.git|\.mcp|node_modules|dist|package|local\.settings\.json)$/;
const BANNER = /Ctrl-C stops everything/;
/** Two whole starts, each with a build. */
const LIMIT_MS = 240_000;

let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), "mcp-dev-"));
  const root = resolve(".");
  await cp(root, copy, {
    recursive: true,
    filter: (path) => !LEFT_OUT.test(path.slice(root.length + 1)),
  });
  await symlink(resolve("node_modules"), join(copy, "node_modules"));
});
afterAll(() => rm(copy, { recursive: true }));

test(
  "npm run dev starts anew on a change, and waits for a better one where it cannot be built",
  async () => {
    const port = await freePort();
    const env = newcomersEnv();
    const child = spawn("npm", ["run", "dev"], {
      cwd: copy,
      // A group of its own: npm, the shell, the watcher and what it runs end together, as at Ctrl-C.
      detached: true,
      env: { ...env, PORT: String(port) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = once(child, "exit");
    let output = "";
    const listeners = new Set<() => void>();
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString("utf8");
        for (const listener of listeners) listener();
      });
    /** Waits for it in what is printed from now on. */
    const heard = (what: RegExp) => {
      const from = output.length;
      return new Promise<string>((resolve) => {
        const listener = () => {
          if (!what.test(output.slice(from))) return;
          listeners.delete(listener);
          resolve(output.slice(from));
        };
        listeners.add(listener);
      });
    };
    const stop = (signal: NodeJS.Signals) => process.kill(-(child.pid as number), signal);
    const summary = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/api/openapi.json`);
      const { paths } = (await response.json()) as {
        paths: Record<string, { post: { summary: string } }>;
      };
      return paths["/query"]?.post.summary ?? "";
    };
    onTestFinished(({ task }) => {
      if (task.result?.state === "fail") console.error(`npm run dev said:\n${output}`);
      try {
        stop("SIGKILL");
      } catch {
        // Nothing is left of it.
      }
    });
    await heard(BANNER);
    const before = await summary();
    const file = join(copy, "functions", "query.ts");
    const text = await readFile(file, "utf8");
    expect(text).toContain(before);
    const told = heard(/functions\/query\.ts:\d+:\d+/);
    await writeFile(file, `${text}\nconst broken = ;\n`);
    expect(await told).not.toMatch(BANNER);
    const anew = heard(BANNER);
    await writeFile(file, text.replace(before, "Ask as it is now"));
    await anew;
    expect(await summary()).toBe("Ask as it is now");
    stop("SIGINT");
    await ended;
    await until("an end of all it started", async () => isFree(port));
  },
  LIMIT_MS,
);
