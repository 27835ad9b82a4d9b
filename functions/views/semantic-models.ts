/** Semantic models in the contract's shapes. */
import type { z } from "zod";
import type { ImportAnswer, SavedSemanticModel } from "../../shared/contract/semantic-model.ts";
import type { Imported } from "../../shared/semantic/import-model.ts";
import type { StoredModel } from "../../shared/semantic/ports.ts";
import { isoTime } from "./page.ts";

export const toSaved = (stored: StoredModel): z.input<typeof SavedSemanticModel> => ({
  source_id: stored.sourceId,
  version: stored.version,
  digest: stored.digest,
  created_at: isoTime(stored.createdAt),
  created_by: stored.createdBy,
});

export const toImported = ({
  stored,
  skipped,
  saved,
  refused,
}: Imported): z.input<typeof ImportAnswer> => ({
  ...toSaved(stored),
  model: stored.model,
  skipped: skipped.map(({ pointer, message }) => ({ pointer, message })),
  examples: { saved: [...saved], refused: [...refused] },
});
