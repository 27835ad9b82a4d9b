/** What the command line touches of its process, as a value, so that tests run it in theirs. */
import { text } from "node:stream/consumers";

export interface Io {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether stdout is a terminal: decides colour and width. */
  readonly isTTY: boolean;
  /** The terminal's width; ignored in a pipe. */
  readonly columns: number;
  readonly cwd: string;
  readStdin(): Promise<string>;
  /** Whether stderr is a terminal: decides whether progress is shown. */
  readonly showsProgress: boolean;
  /** Calls back at Ctrl-C in place of ending the process. @returns how to stop that. */
  onInterrupt(listener: () => void): () => void;
}

export function processIo(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    isTTY: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? 80,
    cwd: process.cwd(),
    readStdin: () => text(process.stdin),
    showsProgress: process.stderr.isTTY === true,
    onInterrupt: (listener) => {
      process.once("SIGINT", listener);
      return () => process.off("SIGINT", listener);
    },
  };
}
