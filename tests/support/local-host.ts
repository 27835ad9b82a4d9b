/** Builds small apps the way ours is built (one ESM bundle) and starts the local host on them. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import type { HostLogLevel } from "../../local/host/host-log.ts";
import type { RunningHost, StartHostOptions } from "../../local/host/start-host.ts";
import { startHost } from "../../local/host/start-host.ts";

export interface LogLine {
  readonly level: HostLogLevel;
  readonly category: string;
  readonly message: string;
}

export interface TestHost extends RunningHost {
  readonly lines: readonly LogLine[];
  readonly dir: string;
}

export interface TestHostOptions extends Partial<StartHostOptions> {
  readonly hostJson?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** The banner that gives an ESM bundle a real `require`, as our own build has it. */
const banner = `import { createRequire as __createRequire } from "node:module";
const require = __createRequire(import.meta.url);`;

/** `source` is the body of an entry file; `app` and friends are imported for it. */
export async function buildApp(dir: string, source: string): Promise<string> {
  const outfile = join(dir, `main-${randomUUID()}.mjs`);
  await build({
    stdin: {
      contents: `import { app, input, output, trigger } from "@azure/functions";\n${source}`,
      resolveDir: join(import.meta.dirname, "../.."),
      sourcefile: "main.mjs",
    },
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node22",
    external: ["@azure/functions-core"],
    banner: { js: banner },
    logLevel: "silent",
  });
  return outfile;
}

export async function startTestHost(
  source: string,
  options: TestHostOptions = {},
): Promise<TestHost> {
  const { hostJson = {}, env = {}, ...overrides } = options;
  const dir = await mkdtemp(join(tmpdir(), "local-host-"));
  const hostJsonPath = join(dir, "host.json");
  await writeFile(hostJsonPath, JSON.stringify({ version: "2.0", ...hostJson }));
  Object.assign(process.env, env);
  const lines: LogLine[] = [];
  try {
    const host = await startHost({
      entry: await buildApp(dir, source),
      hostJsonPath,
      port: 0,
      stateDir: dir,
      log: (level, category, message) => lines.push({ level, category, message }),
      ...overrides,
    });
    const stop = async () => {
      await host.stop();
      await rm(dir, { recursive: true, force: true });
    };
    return { ...host, stop, lines, dir };
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

/** Waits for a condition, never for a time; gives up loudly. */
export async function until<T>(what: string, probe: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== null && value !== false) return value as NonNullable<T>;
    if (Date.now() > deadline) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Where a fixture app leaves what its handlers saw: the app runs in this very process. */
export function seen<T = unknown>(): T[] {
  const store = globalThis as unknown as { seenByApp?: T[] };
  store.seenByApp ??= [];
  return store.seenByApp;
}

export function forgetSeen(): void {
  seen().length = 0;
}
