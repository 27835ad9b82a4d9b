/** The registry's ledger in PostgreSQL. */
import { type Selectable, sql, type Transaction } from "kysely";
import type { ModelConfig } from "../../contract/models.ts";
import type {
  Change,
  LedgerEvent,
  ModelRow,
  ModelStore,
  VersionRow,
} from "../../registry/ports.ts";
import type { MetadataDatabase } from "./database.ts";
import type { MetadataTables, ModelEventsTable, ModelVersionsTable } from "./tables.ts";

/** The largest number of a version that the column can hold; PostgreSQL refuses to compare it with more. */
const MAX_VERSION = 2_147_483_647;

export function createModelStore(db: MetadataDatabase): ModelStore {
  return {
    register: (config, digest, change) =>
      db.transaction().execute((tx) => register(tx, config, digest, change)),
    get: async (modelId) => (await modelRows(db, modelId, null, 1))[0] ?? null,
    list: (limit, afterId) => modelRows(db, null, afterId, limit),
    version: async (modelId, version) =>
      version > MAX_VERSION
        ? null
        : ((await versionRows(db, modelId, 1, null, version))[0] ?? null),
    versions: (modelId, limit, before) => versionRows(db, modelId, limit, before, null),
    events: (modelId, until) => events(db, modelId, until),
    moveLabel: (modelId, label, version, expected, change) =>
      db
        .transaction()
        .execute((tx) => moveLabel(tx, { modelId, label, version, expected }, change)),
    serving: (limit, afterId) => serving(db, limit, afterId),
    retire: (modelId, change) => db.transaction().execute((tx) => retire(tx, modelId, change)),
    describe: (modelId, description, expectedRevision, at) =>
      describe(db, modelId, description, expectedRevision, at),
  };
}

type Tx = Transaction<MetadataTables>;

async function register(
  tx: Tx,
  config: ModelConfig,
  digest: string,
  change: Change,
): Promise<{ version: number; created: boolean }> {
  const modelId = config.model_id;
  const at = new Date(change.at);
  await tx
    .insertInto("models")
    .values({
      model_id: modelId,
      description: null,
      status: "active",
      created_at: at,
      updated_at: at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const status = await lockModel(tx, modelId);
  const same = await tx
    .selectFrom("model_versions")
    .select("version")
    .where("model_id", "=", modelId)
    .where("digest", "=", digest)
    .executeTakeFirst();
  if (status === "retired") {
    await append(tx, modelId, { event: "model-restored" }, change);
    await tx
      .updateTable("models")
      .set({ status: "active" })
      .where("model_id", "=", modelId)
      .execute();
  }
  if (same) return { version: same.version, created: false };
  const { next } = await tx
    .selectFrom("model_versions")
    .select(sql<number>`coalesce(max(version), 0) + 1`.as("next"))
    .where("model_id", "=", modelId)
    .executeTakeFirstOrThrow();
  await tx
    .insertInto("model_versions")
    .values({
      model_id: modelId,
      version: next,
      digest,
      config: JSON.stringify(config),
      created_at: at,
      created_by: change.by,
    })
    .execute();
  await append(tx, modelId, { event: "version-registered", version: next }, change);
  return { version: next, created: true };
}

/** Serialises writers of one model until the transaction ends. */
async function lockModel(tx: Tx, modelId: string): Promise<"active" | "retired" | null> {
  const row = await tx
    .selectFrom("models")
    .select("status")
    .where("model_id", "=", modelId)
    .forUpdate()
    .executeTakeFirst();
  return row?.status ?? null;
}

async function append(
  tx: Tx,
  modelId: string,
  event: Partial<Pick<ModelEventsTable, "version" | "label" | "previous_version">> &
    Pick<ModelEventsTable, "event">,
  change: Change,
): Promise<void> {
  const { next } = await tx
    .selectFrom("model_events")
    .select(sql<number>`coalesce(max(sequence), 0) + 1`.as("next"))
    .where("model_id", "=", modelId)
    .executeTakeFirstOrThrow();
  const at = new Date(change.at);
  await tx
    .insertInto("model_events")
    .values({
      model_id: modelId,
      sequence: next,
      version: null,
      label: null,
      previous_version: null,
      ...event,
      at,
      by: change.by,
      reason: change.reason,
    })
    .execute();
  await tx
    .updateTable("models")
    .set((eb) => ({ updated_at: at, revision: eb("revision", "+", 1) }))
    .where("model_id", "=", modelId)
    .execute();
}

async function moveLabel(
  tx: Tx,
  move: { modelId: string; label: string; version: number; expected: number | null },
  change: Change,
): Promise<boolean> {
  await lockModel(tx, move.modelId);
  const current = await tx
    .selectFrom("model_events")
    .select("version")
    .where("model_id", "=", move.modelId)
    .where("event", "=", "label-moved")
    .where("label", "=", move.label)
    .orderBy("sequence", "desc")
    .executeTakeFirst();
  if ((current?.version ?? null) !== move.expected) return false;
  await append(
    tx,
    move.modelId,
    {
      event: "label-moved",
      label: move.label,
      version: move.version,
      previous_version: move.expected,
    },
    change,
  );
  return true;
}

async function retire(tx: Tx, modelId: string, change: Change): Promise<void> {
  if ((await lockModel(tx, modelId)) !== "active") return;
  await tx
    .updateTable("models")
    .set({ status: "retired" })
    .where("model_id", "=", modelId)
    .execute();
  await append(tx, modelId, { event: "model-retired" }, change);
}

async function describe(
  db: MetadataDatabase,
  modelId: string,
  description: string | null,
  expectedRevision: number | null,
  at: number,
): Promise<boolean> {
  let update = db
    .updateTable("models")
    .set((eb) => ({ description, updated_at: new Date(at), revision: eb("revision", "+", 1) }))
    .where("model_id", "=", modelId);
  if (expectedRevision !== null) update = update.where("revision", "=", expectedRevision);
  const { numUpdatedRows } = await update.executeTakeFirst();
  return numUpdatedRows > 0n;
}

async function modelRows(
  db: MetadataDatabase,
  modelId: string | null,
  afterId: string | null,
  limit: number,
): Promise<ModelRow[]> {
  let query = db
    .selectFrom("models as m")
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom("model_versions as v")
          .select(["v.version", sql<ModelConfig["backend"]>`v.config ->> 'backend'`.as("backend")])
          .whereRef("v.model_id", "=", "m.model_id")
          .orderBy("v.version", "desc")
          .limit(1)
          .as("latest"),
      (join) => join.onTrue(),
    )
    .select([
      "m.model_id",
      "m.description",
      "m.status",
      "m.revision",
      "m.created_at",
      "m.updated_at",
      "latest.version",
      "latest.backend",
    ])
    .select(
      sql<Record<
        string,
        number
      > | null>`(select jsonb_object_agg(l.label, l.version) from (select distinct on (e.label) e.label, e.version from model_events e where e.model_id = m.model_id and e.event = 'label-moved' order by e.label, e.sequence desc) l)`.as(
        "labels",
      ),
    )
    .orderBy("m.model_id")
    .limit(limit);
  if (modelId !== null) query = query.where("m.model_id", "=", modelId);
  if (afterId !== null) query = query.where("m.model_id", ">", afterId);
  return (await query.execute()).map((row) => ({
    modelId: row.model_id,
    description: row.description,
    status: row.status,
    revision: row.revision,
    createdAt: row.created_at.getTime(),
    updatedAt: row.updated_at.getTime(),
    latestVersion: row.version,
    backend: row.backend,
    labels: row.labels ?? {},
  }));
}

async function serving(
  db: MetadataDatabase,
  limit: number,
  afterId: string | null,
): Promise<VersionRow[]> {
  let query = db
    .selectFrom("models as m")
    .innerJoin("model_versions as v", "v.model_id", "m.model_id")
    .selectAll("v")
    .where("m.status", "=", "active")
    .where(
      "v.version",
      "=",
      sql<number>`coalesce(
        (select e.version from model_events e where e.model_id = m.model_id and e.event = 'label-moved' and e.label = 'production' order by e.sequence desc limit 1),
        (select max(n.version) from model_versions n where n.model_id = m.model_id))`,
    )
    .orderBy("m.model_id")
    .limit(limit);
  if (afterId !== null) query = query.where("m.model_id", ">", afterId);
  return (await query.execute()).map(toVersion);
}

async function versionRows(
  db: MetadataDatabase,
  modelId: string,
  limit: number,
  before: number | null,
  exact: number | null,
): Promise<VersionRow[]> {
  let query = db
    .selectFrom("model_versions")
    .selectAll()
    .where("model_id", "=", modelId)
    .orderBy("version", "desc")
    .limit(limit);
  if (before !== null) query = query.where("version", "<", Math.min(before, MAX_VERSION));
  if (exact !== null) query = query.where("version", "=", exact);
  return (await query.execute()).map(toVersion);
}

function toVersion(row: Selectable<ModelVersionsTable>): VersionRow {
  return {
    modelId: row.model_id,
    version: row.version,
    digest: row.digest,
    config: row.config as ModelConfig,
    createdAt: row.created_at.getTime(),
    createdBy: row.created_by,
  };
}

async function events(
  db: MetadataDatabase,
  modelId: string,
  until: number | null,
): Promise<LedgerEvent[]> {
  let query = db
    .selectFrom("model_events")
    .selectAll()
    .where("model_id", "=", modelId)
    .orderBy("sequence");
  if (until !== null) query = query.where("at", "<=", new Date(until));
  return (await query.execute()).map((row) => ({
    event: row.event,
    at: row.at.getTime(),
    by: row.by,
    version: row.version,
    label: row.label,
    previousVersion: row.previous_version,
    reason: row.reason,
  }));
}
