/** `mcp examples …`: the verified questions that teach the platform to answer. */
import { Argument, type Command } from "commander";
import { gather, type Run } from "./run.ts";
import type { Session } from "./session.ts";
import { renderTable } from "./table.ts";

interface SourceOption {
  readonly source?: string;
}

interface AddOptions extends SourceOption {
  readonly replace?: boolean;
}

export function addExampleCommands(program: Command, run: Run): void {
  program
    .command("feedback")
    .description(
      "say whether the answer of a query was right; a right one answers its like from then on",
    )
    .argument("<query>", "its id, as the answer and mcp history show it")
    .addArgument(new Argument("<verdict>", "whether it was right").choices(["correct", "wrong"]))
    .option("--sql <sql>", "with wrong: the SQL that is right")
    .action(run(feedback));
  const examples = program.command("examples").description("teach verified questions");
  examples
    .command("add")
    .description(
      "teach a question and its SQL; {name:type} stands for a value (int, text, date, period, value)",
    )
    .argument("<question>")
    .argument("<sql>")
    .option("--source <id>", "the data source")
    .option("--replace", "take the place of another answer to the same question")
    .action(run(add));
  examples
    .command("list")
    .description("list the examples")
    .option("--source <id>", "only of this data source")
    .action(run(list));
  examples
    .command("suggestions")
    .description("what is asked again and again and nobody has verified")
    .option("--source <id>", "the data source")
    .action(run(suggestions));
  examples
    .command("remove")
    .description("forget an example")
    .argument("<example>", "its id")
    .action(
      run(async (session, id: string) => {
        await session.client.removeExample(id);
        session.print({ example_id: id, removed: true }, () => `Removed ${id}\n`);
        return undefined;
      }),
    );
}

async function add(
  session: Session,
  question: string,
  sql: string,
  options: AddOptions,
): Promise<undefined> {
  session.print(
    await session.client.addExample({ question, sql, ...options }),
    (example) => `Added ${example.example_id} for ${example.source}\n`,
  );
}

async function list(session: Session, options: SourceOption): Promise<undefined> {
  session.print(await gather(session.client.listExamples(options)), ({ items }, view) =>
    renderTable(
      [
        { name: "example" },
        { name: "source" },
        { name: "question" },
        { name: "sql" },
        { name: "by" },
        { name: "stale" },
      ],
      items.map((example) => [
        example.example_id,
        example.source,
        example.question,
        example.sql,
        example.builtin ? "built in" : example.created_by,
        example.stale ?? "",
      ]),
      view,
    ),
  );
}

async function suggestions(session: Session, options: SourceOption): Promise<undefined> {
  const columns = ["count", "query", "question", "sql"].map((name) => ({ name }));
  session.print(await gather(session.client.exampleSuggestions(options)), ({ items }, view) =>
    renderTable(
      columns,
      items.map((one) => [String(one.count), one.query_id, one.question ?? "", one.sql]),
      view,
    ),
  );
}

async function feedback(
  session: Session,
  query: string,
  verdict: string,
  { sql }: { readonly sql?: string },
): Promise<undefined> {
  const body = { correct: verdict === "correct", ...(sql !== undefined && { sql }) };
  session.print(
    await session.client.giveFeedback(query, body),
    ({ example_id, note }) =>
      `${example_id === null ? (note ?? "Recorded.") : `Saved as ${example_id}`}\n`,
  );
}
