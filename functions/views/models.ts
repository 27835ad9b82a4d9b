/** The registry's rows in the contract's shapes. */
import type { z } from "zod";
import type {
  HistoryEvent,
  LabelState,
  ModelDetail,
  ModelSummary,
  VersionDetail,
  VersionSummary,
} from "../../shared/contract/models.ts";
import type { LabelReading } from "../../shared/registry/label-ledger.ts";
import type { LedgerEvent, ModelRow, VersionRow } from "../../shared/registry/ports.ts";
import { isoTime } from "./page.ts";

export const toModelSummary = (model: ModelRow): z.input<typeof ModelSummary> => ({
  model_id: model.modelId,
  backend: model.backend,
  description: model.description,
  status: model.status,
  latest_version: model.latestVersion,
  labels: model.labels,
  created_at: isoTime(model.createdAt),
  updated_at: isoTime(model.updatedAt),
});

export const toVersionSummary = (row: VersionRow): z.input<typeof VersionSummary> => ({
  model_id: row.modelId,
  version: row.version,
  digest: row.digest,
  created_at: isoTime(row.createdAt),
  created_by: row.createdBy,
});

export const toVersionDetail = (row: VersionRow): z.input<typeof VersionDetail> => ({
  ...toVersionSummary(row),
  config: row.config,
});

export const toModelDetail = (
  model: ModelRow,
  version: VersionRow,
): z.input<typeof ModelDetail> => ({
  ...toModelSummary(model),
  version: version.version,
  digest: version.digest,
  config: version.config,
});

export const toLabelState = (reading: LabelReading): z.input<typeof LabelState> => ({
  label: reading.label,
  version: reading.version,
  moved_at: isoTime(reading.movedAt),
  moved_by: reading.movedBy,
  reason: reading.reason,
});

export const toHistoryEvent = (event: LedgerEvent): z.input<typeof HistoryEvent> => ({
  event: event.event,
  at: isoTime(event.at),
  by: event.by,
  version: event.version,
  label: event.label,
  previous_version: event.previousVersion,
  reason: event.reason,
});
