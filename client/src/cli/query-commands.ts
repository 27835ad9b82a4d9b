/** `mcp query`, `mcp sql`, `mcp explain` and `mcp history`: asking, and what was asked. */
import { type Command, Option } from "commander";
import type { Parameter, QueryInput, QueryResponse } from "../contract-types.ts";
import type { QueryCallOptions } from "../query-calls.ts";
import { type ExitCode, exitCodes, fail } from "./failure.ts";
import { renderResponse, shapeOf } from "./query-output.ts";
import { collected, gather, type Run, wholeNumber } from "./run.ts";
import type { Session } from "./session.ts";
import { renderTable } from "./table.ts";
import { jsonText, manyLines, paint, time } from "./text.ts";

interface AskOptions {
  readonly source?: string;
  readonly model?: string;
  readonly maxRows?: number;
  readonly timeoutMs?: number;
  readonly cache: boolean;
  readonly onlyIfCached?: boolean;
  readonly param?: readonly string[];
}

export function addQueryCommands(program: Command, run: Run): void {
  asking(program.command("query").argument("<question>", "what you want to know, in plain English"))
    .description("ask a question")
    .action(
      run((session, question: string, options: AskOptions) =>
        ask(session, { question, explain: true }, options),
      ),
    );
  asking(program.command("sql").argument("<sql>", "one reading statement; - reads it from stdin"))
    .description("run SQL")
    .option(
      "--param <value>",
      "a value for $1, the next for $2 …: JSON (5, true, null, [1,2]) or else text",
      collected,
    )
    .action(
      run(async (session, sql: string, options: AskOptions) =>
        ask(session, await statement(session, sql, options), options),
      ),
    );
  program
    .command("explain")
    .description("show the plan of a statement, without running it")
    .argument("<sql>", "one reading statement; - reads it from stdin")
    .option("--source <id>", "the data source")
    .option("--model <name>", ON_BEHALF)
    .option("--param <value>", "a value for $1, the next for $2 …", collected)
    .action(run(explain));
  program
    .command("history")
    .description("list past queries, newest first")
    .option("--source <id>", "only of this data source")
    .option("--limit <n>", "how many", wholeNumber(1), 20)
    .action(run(history));
}

export const ON_BEHALF =
  "the registered model on whose behalf it is asked: name, name@label or name@3";

function asking(command: Command): Command {
  return command
    .option("--source <id>", "the data source; may be left out where you see just one")
    .option("--model <name>", ON_BEHALF)
    .option("--max-rows <n>", "how many rows at most", wholeNumber(1))
    .option("--timeout-ms <ms>", "give up after this long", wholeNumber(1))
    .option("--no-cache", "run it anew, even if the answer is cached")
    .addOption(
      new Option("--only-if-cached", "answer from the cache or not at all").conflicts("cache"),
    );
}

async function ask(session: Session, what: QueryInput, options: AskOptions): Promise<ExitCode> {
  const request: QueryInput = {
    ...what,
    ...(options.source !== undefined && { source: options.source }),
    ...(options.model !== undefined && { model: options.model }),
    ...(options.maxRows !== undefined && { max_rows: options.maxRows }),
    ...(options.timeoutMs !== undefined && { timeout_ms: options.timeoutMs }),
    // A table shows two columns of one name; an object cannot.
    ...(!session.json && { format: "arrays" as const }),
  };
  const answer: QueryResponse = await session.client.query(request, cacheControl(options));
  session.print(answer, (response, view) => renderResponse(response, shapeOf(what), view));
  return answer.kind === "answer" ? exitCodes.ok : exitCodes.unanswered;
}

function cacheControl(options: AskOptions): QueryCallOptions {
  if (options.onlyIfCached) return { cacheControl: "only-if-cached" };
  return options.cache ? {} : { cacheControl: "no-cache" };
}

/** A statement with its parameters, as the arguments gave them. */
export async function statement(
  session: Session,
  sql: string,
  options: Pick<AskOptions, "param">,
): Promise<QueryInput> {
  const text = sql === "-" ? await session.io.readStdin() : sql;
  if (text.trim() === "") fail(exitCodes.usage, "There is no SQL to run.");
  return {
    sql: text,
    ...(options.param !== undefined && { params: options.param.map(parameter) }),
  };
}

async function explain(
  session: Session,
  sql: string,
  options: Pick<AskOptions, "source" | "model" | "param">,
): Promise<undefined> {
  const request = {
    ...(await statement(session, sql, options)),
    ...(options.source !== undefined && { source: options.source }),
    ...(options.model !== undefined && { model: options.model }),
  };
  session.print(await session.client.explain(request), (answer, view) => {
    const plan = typeof answer.plan === "string" ? answer.plan : jsonText(answer.plan);
    const hints = answer.suggestions
      .map((hint) => `${paint(view, "yellow", "hint")}  ${manyLines(hint)}\n`)
      .join("");
    return `${paint(view, "dim", `source ${answer.source} · tables ${answer.tables.join(", ") || "none"}`)}\n${manyLines(plan)}\n${hints}`;
  });
}

async function history(
  session: Session,
  options: { source?: string; limit: number },
): Promise<undefined> {
  const query = {
    limit: Math.min(options.limit, 200),
    ...(options.source !== undefined && { source: options.source }),
  };
  session.print(await gather(session.client.history(query), options.limit), ({ items }, view) =>
    renderTable(
      [
        { name: "at" },
        { name: "source" },
        { name: "asked" },
        { name: "outcome" },
        { name: "cache" },
        { name: "rows", align: "right" },
        { name: "ms", align: "right" },
      ],
      items.map((item) => [
        time(item.at),
        item.source,
        item.question ?? item.sql,
        item.outcome,
        item.cache_status,
        item.row_count,
        Number(item.duration_ms.toFixed(1)),
      ]),
      view,
    ),
  );
}

/** JSON where it is JSON and keeps every digit; text otherwise: `5` is a number, `"5"` and `abc` are text. */
export function parameter(text: string): Parameter {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof value === "number") return String(value) === text.trim() ? value : text.trim();
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return text;
  return value as Parameter;
}
