/** The `mcp` command line: arguments in, text out, an exit code back. */
import { CommanderError } from "commander";
import { findCredential } from "./credential.ts";
import { describeFailure, type ExitCode, exitCodes } from "./failure.ts";
import { type Io, processIo } from "./io.ts";
import { buildProgram } from "./program.ts";
import { type GlobalOptions, serverUrlOf } from "./session.ts";
import { manyLines, redact } from "./text.ts";

/** Runs one command. `argv` is without node and script. Never throws and never ends the process. */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<ExitCode> {
  const program = buildProgram(io);
  try {
    await program.command.parseAsync(argv, { from: "user" });
    return program.exitCode();
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const options = program.command.opts<GlobalOptions>();
    const serverUrl = serverUrlOf(options, io);
    const { key } = await findCredential(options.apiKey, serverUrl, io);
    const { exitCode, lines } = describeFailure(error, { serverUrl, hasKey: key !== undefined });
    io.stderr.write(redact(lines.map((line) => `${manyLines(line)}\n`).join(""), [key]));
    return exitCode;
  }
}
