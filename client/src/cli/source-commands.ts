/** `mcp sources …`: data sources. */
import { type Command, Option } from "commander";
import type { SchemaAnswer, SchemaDetail, SourceInput } from "../contract-types.ts";
import { type ConfigFile, readConfigFile, sendingFile } from "./config-file.ts";
import { type ExitCode, exitCodes, fail } from "./failure.ts";
import { gather, type Run } from "./run.ts";
import { addSemanticCommands } from "./semantic-commands.ts";
import type { Session } from "./session.ts";
import { renderTable } from "./table.ts";
import { count, duration, oneLine, paint, time, type View } from "./text.ts";

interface AddOptions {
  readonly passwordEnv?: string;
  readonly passwordStdin?: boolean;
}

export function addSourceCommands(program: Command, run: Run): void {
  const sources = program.command("sources").description("list, add and look into data sources");
  sources.command("list").description("list the data sources").action(run(list));
  sources
    .command("add")
    .description("register a data source from a file")
    .argument("<file>", "YAML or JSON: source_id, type, config, credentials")
    .option("--password-env <name>", "take credentials.password from this environment variable")
    .addOption(
      new Option("--password-stdin", "take credentials.password from stdin").conflicts(
        "passwordEnv",
      ),
    )
    .action(run(add));
  sources
    .command("check")
    .description("connect to a data source once")
    .argument("<source>")
    .action(run(check));
  sources
    .command("schema")
    .description("show its tables and columns")
    .argument("<source>")
    .addOption(
      new Option("--detail <level>", "how much")
        .choices(["names", "summary", "full"])
        .default("summary"),
    )
    .action(run(schema));
  sources
    .command("install-triggers")
    .description("print the SQL that makes the cache exact: … | psql, as the owner of the tables")
    .argument("<source>")
    .option("--remove", "the SQL that takes them off again")
    .action(
      run(async (session, id: string, options: { remove?: boolean }) => {
        const answer = await session.client.changeTriggers(id);
        session.print(answer, () => (options.remove ? answer.remove : answer.install));
        return undefined;
      }),
    );
  addSemanticCommands(sources, run);
  sources
    .command("remove")
    .description("remove a data source (its data stays where it is)")
    .argument("<source>")
    .action(
      run(async (session, id: string) => {
        await session.client.removeSource(id);
        session.print({ source_id: id, removed: true }, () => `Removed ${id}\n`);
        return undefined;
      }),
    );
}

async function list(session: Session): Promise<undefined> {
  session.print(await gather(session.client.listSources()), ({ items }, view) =>
    renderTable(
      [
        { name: "source" },
        { name: "type" },
        { name: "where" },
        { name: "built in" },
        { name: "created" },
      ],
      items.map((source) => [
        source.source_id,
        source.type,
        whereabouts(source.config),
        source.builtin ? "yes" : "no",
        time(source.created_at),
      ]),
      view,
    ),
  );
}

function whereabouts(config: Readonly<Record<string, unknown>>): string {
  const { host, port, database } = config;
  return typeof host === "string" ? `${host}:${port}/${database}` : "";
}

async function add(session: Session, path: string, options: AddOptions): Promise<undefined> {
  const file = await readConfigFile(path, session.io);
  const password = await passwordOf(session, options);
  const source = password === undefined ? file.value : withPassword(file, password);
  const answer = await sendingFile(file, () =>
    session.client.registerSource(source as SourceInput),
  );
  session.print(
    answer,
    ({ source_id, type }) =>
      `Added ${source_id} (${type}). Check it: mcp sources check ${source_id}\n`,
  );
}

/** Never an argument: every process on the machine could read it there. */
async function passwordOf(session: Session, options: AddOptions): Promise<string | undefined> {
  if (options.passwordStdin) return (await session.io.readStdin()).replace(/\r?\n$/, "");
  if (options.passwordEnv === undefined) return undefined;
  return (
    session.io.env[options.passwordEnv] ??
    fail(exitCodes.usage, `The environment variable ${options.passwordEnv} is not set.`)
  );
}

function withPassword(file: ConfigFile, password: string): Record<string, unknown> {
  const { credentials } = file.value;
  return {
    ...file.value,
    credentials: { ...(typeof credentials === "object" ? credentials : {}), password },
  };
}

async function check(session: Session, id: string): Promise<ExitCode> {
  const answer = await session.client.checkSource(id);
  session.print(answer, (result, view) => {
    const mark = result.ok ? paint(view, "green", "✓") : paint(view, "red", "✗");
    return `${mark} ${result.source_id}  ${oneLine(result.evidence)} (${duration(result.latency_ms)})\n`;
  });
  return answer.ok ? exitCodes.ok : exitCodes.unexpected;
}

async function schema(
  session: Session,
  id: string,
  options: { detail: SchemaDetail },
): Promise<undefined> {
  session.print(await session.client.schema(id, options.detail), (answer, view) => {
    if (options.detail === "full")
      return answer.tables.map((table) => fullTable(table, view)).join("\n");
    return `${answer.tables.map((table) => summaryLine(table, view)).join("")}${paint(view, "dim", count(answer.tables.length, "table"))}\n`;
  });
}

type SchemaTable = SchemaAnswer["tables"][number];

function summaryLine(table: SchemaTable, view: View): string {
  const columns = (table.columns ?? []).map((column) =>
    typeof column === "string" ? column : column.name,
  );
  const rows =
    table.estimated_rows === undefined ? "" : paint(view, "dim", `  ~${table.estimated_rows} rows`);
  const list = columns.length === 0 ? "" : `  ${oneLine(columns.join(", "))}\n`;
  return `${paint(view, "bold", oneLine(table.name))}${rows}\n${list}`;
}

function fullTable(table: SchemaTable, view: View): string {
  const keys = new Set(table.primary_key);
  const references = new Map(
    (table.foreign_keys ?? []).map((key) => [key.columns.join(","), key.references]),
  );
  const rows = (table.columns ?? []).map((column) => {
    if (typeof column === "string") return [column, "", "", ""];
    const notes = [
      keys.has(column.name) ? "primary key" : "",
      references.has(column.name) ? `→ ${references.get(column.name)}` : "",
      column.values === undefined ? "" : `one of ${column.values.join(", ")}`,
    ];
    return [
      column.name,
      column.type,
      column.nullable ? "" : "not null",
      [...notes, column.comment ?? ""].filter((note) => note !== "").join("; "),
    ];
  });
  return `${summaryLine({ ...table, columns: [] }, view)}${renderTable([{ name: "column" }, { name: "type" }, { name: "null" }, { name: "notes" }], rows, view)}`;
}
