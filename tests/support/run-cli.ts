/** Runs the command line in this process and keeps what it printed. */
import { main } from "../../client/src/cli/main.ts";

export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliSurroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly cwd?: string;
  readonly stdin?: string;
  readonly showsProgress?: boolean;
  /** Ctrl-C. */
  readonly interrupt?: AbortSignal;
}

export async function runCli(
  argv: readonly string[],
  around: CliSurroundings = {},
): Promise<CliRun> {
  let out = "";
  let err = "";
  const code = await main(argv, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    env: around.env ?? {},
    isTTY: around.isTTY ?? false,
    columns: around.columns ?? 80,
    cwd: around.cwd ?? "/nonexistent",
    readStdin: async () => around.stdin ?? "",
    showsProgress: around.showsProgress ?? false,
    onInterrupt: (listener) => {
      around.interrupt?.addEventListener("abort", listener, { once: true });
      return () => around.interrupt?.removeEventListener("abort", listener);
    },
  });
  return { code, out, err };
}
