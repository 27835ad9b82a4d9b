/** `mcp register`, `mcp list-models`, `mcp get-stats` and `mcp models …`. */
import type { Command } from "commander";
import type { CacheStats, ModelConfigInput, ModelStatus, ModelSummary } from "../contract-types.ts";
import { McpError } from "../mcp-error.ts";
import { readConfigFile, sendingFile } from "./config-file.ts";
import { gather, type Run, wholeNumber } from "./run.ts";
import type { Session } from "./session.ts";
import { renderFields, renderTable } from "./table.ts";
import { jsonText, paint, percent, time, type View } from "./text.ts";

export function addModelCommands(program: Command, run: Run): void {
  program
    .command("register")
    .description(
      "register a model from its configuration file; a changed file becomes a new version",
    )
    .argument("<file>", "YAML or JSON: model_id, backend, api_base, …")
    .action(run(register));
  program.command("list-models").description("list the models").action(run(listModels));
  program
    .command("get-stats")
    .description("show a model's health, and how the cache does")
    .argument("<model>", "name, name@label or name@version")
    .action(run(getStats));
  const models = program.command("models").description("look at models and move their labels");
  models.command("list").description("list the models").action(run(listModels));
  models
    .command("show")
    .description("show a model's configuration")
    .argument("<model>", "name, name@label or name@version")
    .action(run(show));
  models
    .command("label")
    .description("point a label at a version")
    .argument("<model>")
    .argument("<label>", "such as production")
    .argument("<version>", "its number", wholeNumber(1))
    .requiredOption("--reason <text>", "why; kept in the history")
    .action(run(label));
  models
    .command("rollback")
    .description("point a label back at the version it had before")
    .argument("<model>")
    .argument("<label>")
    .option("--reason <text>", "why; kept in the history")
    .action(run(rollback));
  models
    .command("history")
    .description("list what happened to a model")
    .argument("<model>")
    .action(run(history));
}

async function register(session: Session, path: string): Promise<undefined> {
  const file = await readConfigFile(path, session.io);
  // The server is the judge of what is in it: an old client must not refuse a new key.
  const answer = await sendingFile(file, () =>
    session.client.registerModel(file.value as ModelConfigInput),
  );
  session.print(answer, ({ model_id, version, digest, status }) =>
    status === "registered"
      ? `Registered ${model_id}, version ${version} (${shortDigest(digest)})\n`
      : `${model_id} is unchanged: it is version ${version} (${shortDigest(digest)})\n`,
  );
}

async function listModels(session: Session): Promise<undefined> {
  session.print(await gather(session.client.listModels()), ({ items }, view) => {
    if (items.length === 0)
      return "No models yet. Register one: mcp register examples/model_config.yaml\n";
    return renderTable(
      [
        { name: "model" },
        { name: "backend" },
        { name: "version", align: "right" },
        { name: "labels" },
        { name: "status" },
        { name: "updated" },
      ],
      items.map(modelRow),
      view,
    );
  });
}

function modelRow(model: ModelSummary): (string | number)[] {
  const labels = Object.entries(model.labels).map(([name, version]) => `${name}@${version}`);
  return [
    model.model_id,
    model.backend,
    model.latest_version,
    labels.join(", "),
    model.status,
    time(model.updated_at),
  ];
}

async function getStats(session: Session, model: string): Promise<undefined> {
  const [status, cache] = await Promise.all([
    session.client.getModelStatus(model),
    cacheStatsIfPermitted(session),
  ]);
  session.print({ status, cache }, renderStats);
}

/** The cache is a bonus here: a key that may read models only still gets the model. */
async function cacheStatsIfPermitted(session: Session): Promise<CacheStats | null> {
  return session.client.cacheStats().catch((error: unknown) => {
    if (error instanceof McpError && error.code === "forbidden") return null;
    throw error;
  });
}

function renderStats(
  { status, cache }: { status: ModelStatus; cache: CacheStats | null },
  view: View,
): string {
  const { health } = status;
  const model = renderFields(
    [
      ["model", `${status.model_id}@${status.version}`],
      ["status", status.status],
      ["health", health.state],
      ["evidence", health.evidence],
      ["latency", health.latency_ms === null ? "–" : `${health.latency_ms} ms`],
      ["checked", time(health.checked_at)],
    ],
    view,
  );
  if (cache === null) return model;
  const { hits, misses, bypasses, hit_rate } = cache.total;
  const line = `${percent(hit_rate)} of look-ups hit (${hits} hits, ${misses} misses, ${bypasses} bypasses; all models)`;
  return `${model}${renderFields([["cache   ", line]], view)}`;
}

async function show(session: Session, id: string): Promise<undefined> {
  session.print(await session.client.getModel(id), (model, view) => {
    const fields = renderFields(
      [
        ["model", `${model.model_id}@${model.version}`],
        ["backend", model.backend],
        ["status", model.status],
        ["latest", model.latest_version],
        [
          "labels",
          Object.entries(model.labels)
            .map(([name, version]) => `${name}@${version}`)
            .join(", ") || "none",
        ],
        ["digest", model.digest],
        ["updated", time(model.updated_at)],
      ],
      view,
    );
    return `${fields}${paint(view, "dim", "config")}\n${jsonText(model.config)}\n`;
  });
}

async function label(
  session: Session,
  model: string,
  name: string,
  version: number,
  options: { reason: string },
): Promise<undefined> {
  session.print(
    await session.client.moveLabel(model, name, { version, reason: options.reason }),
    (state) => `${model}@${state.label} is now version ${state.version}\n`,
  );
}

async function rollback(
  session: Session,
  model: string,
  name: string,
  options: { reason?: string },
): Promise<undefined> {
  session.print(
    await session.client.rollback(model, { label: name, ...options }),
    (state) => `${model}@${state.label} is back at version ${state.version}\n`,
  );
}

async function history(session: Session, model: string): Promise<undefined> {
  session.print(await gather(session.client.modelHistory(model)), ({ items }, view) =>
    renderTable(
      [
        { name: "at" },
        { name: "event" },
        { name: "version", align: "right" },
        { name: "label" },
        { name: "before", align: "right" },
        { name: "by" },
        { name: "reason" },
      ],
      items.map((event) => [
        time(event.at),
        event.event,
        event.version,
        event.label,
        event.previous_version,
        event.by,
        event.reason,
      ]),
      view,
    ),
  );
}

function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, "").slice(0, 12);
}
