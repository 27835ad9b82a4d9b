/** The command tree, from commander, with every command's work run in a session. */
import { Command } from "commander";
import { addAlertCommands } from "./alert-commands.ts";
import { addCacheCommands } from "./cache-commands.ts";
import { addDoctorCommand } from "./doctor.ts";
import { addExampleCommands } from "./example-commands.ts";
import { addExportCommand } from "./export-command.ts";
import { type ExitCode, exitCodeHelp, exitCodes } from "./failure.ts";
import type { Io } from "./io.ts";
import { addKeyCommands } from "./key-commands.ts";
import { addModelCommands } from "./model-commands.ts";
import { addQueryCommands } from "./query-commands.ts";
import type { Run } from "./run.ts";
import { type GlobalOptions, openSession, viewOf } from "./session.ts";
import { addSourceCommands } from "./source-commands.ts";
import { redact } from "./text.ts";

export interface Program {
  readonly command: Command;
  /** What the command that ran ended with. */
  exitCode(): ExitCode;
}

export function buildProgram(io: Io): Program {
  let ended: ExitCode = exitCodes.ok;
  const command = new Command("mcp");
  const run: Run =
    (work) =>
    async (...args) => {
      ended =
        (await work(await openSession(command.opts<GlobalOptions>(), io), ...args)) ?? exitCodes.ok;
    };
  command
    .description("Models, questions and data sources from the command line.")
    .version("0.1.0", "-V, --version", "print the version")
    .option(
      "--server-url <url>",
      "where the server is, with or without /api (MCP_SERVER_URL; default http://localhost:7071)",
    )
    .option(
      "--api-key <key>",
      "the API key (MCP_API_KEY; else, for a server on this machine, <MCP_DATA_DIR or .mcp>/admin-key)",
    )
    .option("--json", "print the server's answer as JSON")
    .addHelpText("after", `\n${exitCodeHelp}`)
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("Run with --help to see how it is used.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(redact(text, [command.opts<GlobalOptions>().apiKey])),
      getOutHelpWidth: () => viewOf(io).width ?? 100,
      getErrHelpWidth: () => viewOf(io).width ?? 100,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  addQueryCommands(command, run);
  addExportCommand(command, run);
  addModelCommands(command, run);
  addSourceCommands(command, run);
  addExampleCommands(command, run);
  addCacheCommands(command, run);
  addAlertCommands(command, run);
  addKeyCommands(command, run, io);
  addDoctorCommand(command, run);
  return { command, exitCode: () => ended };
}
