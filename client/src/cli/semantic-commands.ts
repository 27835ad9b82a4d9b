/** `mcp sources semantic-model …`: what a source's tables, figures and filters are called and mean. */
import { type Command, Option } from "commander";
import { stringify } from "yaml";
import type { SemanticModelInput } from "../contract-types.ts";
import { readConfigFile, sendingFile } from "./config-file.ts";
import type { Run } from "./run.ts";
import type { Session } from "./session.ts";
import { count, oneLine } from "./text.ts";

export function addSemanticCommands(sources: Command, run: Run): void {
  const model = sources
    .command("semantic-model")
    .description("what a source's tables, figures and filters are called and mean");
  model
    .command("show")
    .description("print the model in force, as YAML")
    .argument("<source>")
    .action(
      run(async (session, id: string) => {
        const answer = await session.client.semanticModel(id);
        session.print(answer, () => written(answer.model));
        return undefined;
      }),
    );
  model
    .command("draft")
    .description("print a first model out of the source's catalogue, as YAML: … > model.yaml")
    .argument("<source>")
    .action(
      run(async (session, id: string) => {
        session.print(await session.client.draftSemanticModel(id), written);
        return undefined;
      }),
    );
  model
    .command("save")
    .description("put a model in force")
    .argument("<source>")
    .argument("<file>", "YAML or JSON: tables, relationships, metrics, filters")
    .action(run(save));
  model
    .command("import")
    .description("put another product's model in force; verified queries become examples")
    .argument("<source>")
    .argument("<file>", "Cortex Analyst's YAML or Wren's MDL")
    .addOption(
      new Option("--format <name>", "whose it is")
        .choices(["cortex", "wren"])
        .makeOptionMandatory(),
    )
    .action(run(importFile));
  model
    .command("remove")
    .description("take the model out of force")
    .argument("<source>")
    .action(
      run(async (session, id: string) => {
        await session.client.removeSemanticModel(id);
        session.print({ source_id: id, removed: true }, () => `Removed the model of ${id}\n`);
        return undefined;
      }),
    );
}

/** Without the lists that are empty: what is left to say is said by the documentation. */
function written(model: SemanticModelInput): string {
  const filled = (_: unknown, value: unknown) =>
    Array.isArray(value) && value.length === 0 ? undefined : value;
  return stringify(JSON.parse(JSON.stringify(model, filled)), { lineWidth: 110 });
}

async function save(session: Session, id: string, path: string): Promise<undefined> {
  const file = await readConfigFile(path, session.io);
  const answer = await sendingFile(file, () =>
    session.client.saveSemanticModel(id, file.value as SemanticModelInput),
  );
  session.print(answer, ({ version }) => `Version ${version} of the model is in force for ${id}\n`);
}

async function importFile(
  session: Session,
  id: string,
  path: string,
  { format }: { readonly format: "cortex" | "wren" },
): Promise<undefined> {
  const file = await readConfigFile(path, session.io);
  const answer = await session.client.importSemanticModel(id, format, file.value);
  session.print(answer, ({ version, model, skipped, examples }) => {
    const lines = [
      `Version ${version} of the model is in force for ${id}: ${count(model.tables.length, "table")}, ${count(model.metrics.length, "metric")}, ${count(model.filters.length, "filter")}, ${count(examples.saved.length, "example")}`,
      ...skipped.map(
        ({ pointer, message }) =>
          `left out ${file.locate(pointer)} ${pointer}: ${oneLine(message)}`,
      ),
      ...examples.refused.map(
        ({ question, reason }) => `no example “${oneLine(question)}”: ${oneLine(reason)}`,
      ),
    ];
    return `${lines.join("\n")}\n`;
  });
}
