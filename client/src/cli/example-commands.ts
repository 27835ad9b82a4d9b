/** `mcp examples …`: the verified questions that teach the platform to answer. */
import type { Command } from "commander";
import { gather, type Run } from "./run.ts";
import type { Session } from "./session.ts";
import { renderTable } from "./table.ts";

interface SourceOption {
  readonly source?: string;
}

export function addExampleCommands(program: Command, run: Run): void {
  const examples = program.command("examples").description("teach verified questions");
  examples
    .command("add")
    .description(
      "teach a question and its SQL; {name:type} stands for a value (int, number, text, day, value)",
    )
    .argument("<question>")
    .argument("<sql>")
    .option("--source <id>", "the data source")
    .action(run(add));
  examples
    .command("list")
    .description("list the examples")
    .option("--source <id>", "only of this data source")
    .action(run(list));
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
  options: SourceOption,
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
      ],
      items.map((example) => [
        example.example_id,
        example.source,
        example.question,
        example.sql,
        example.builtin ? "built in" : example.created_by,
      ]),
      view,
    ),
  );
}
