/** Points a label at a version, forwards or back; each move is an event of the ledger with who, when and why. */
import { AppError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import { type LabelReading, labelOf, readLabels, rollbackTarget } from "./label-ledger.ts";
import type { ModelStore } from "./ports.ts";
import { requireModel } from "./read-model.ts";

type LabelDeps = { readonly models: Pick<ModelStore, "get" | "version" | "events" | "moveLabel"> };

export interface LabelMove {
  readonly modelId: string;
  readonly label: string;
  readonly version: number;
  readonly reason: string;
}

/** Moving a label to where it is already is no event. @throws AppError model_not_found, model_retired, model_conflict, request_invalid. */
export async function moveLabel(
  deps: LabelDeps,
  move: LabelMove,
  ctx: CallContext,
): Promise<LabelReading> {
  if (/^\d+$/.test(move.label)) {
    throw new AppError("request_invalid", "A label may not be a number: name@3 means version 3.", {
      fields: [{ pointer: "/path/label", message: "may not be a number" }],
    });
  }
  const model = await requireModel(deps, move.modelId);
  if (model.status === "retired")
    throw new AppError("model_retired", `The model ${move.modelId} is retired.`);
  if ((await deps.models.version(move.modelId, move.version)) === null) {
    throw new AppError(
      "model_not_found",
      `The model ${move.modelId} has no version ${move.version}.`,
    );
  }
  const current = labelOf(model.labels, move.label);
  if (current !== move.version) await commit(deps, move, current, ctx);
  return readLabel(deps, move.modelId, move.label);
}

/** @throws AppError model_not_found, label_not_found, rollback_impossible, model_retired, model_conflict. */
export async function rollBackLabel(
  deps: LabelDeps,
  request: { modelId: string; label: string; reason: string },
  ctx: CallContext,
): Promise<LabelReading> {
  const model = await requireModel(deps, request.modelId);
  if (model.status === "retired")
    throw new AppError("model_retired", `The model ${request.modelId} is retired.`);
  const events = await deps.models.events(request.modelId, null);
  const current = readLabels(events).get(request.label);
  if (current === undefined)
    throw new AppError(
      "label_not_found",
      `The model ${request.modelId} has no label ${request.label}.`,
    );
  const version = rollbackTarget(events, request.label);
  if (version === null)
    throw new AppError(
      "rollback_impossible",
      `The label ${request.label} has pointed at no version before ${current.version}.`,
    );
  await commit(deps, { ...request, version }, current.version, ctx);
  return readLabel(deps, request.modelId, request.label);
}

async function commit(
  deps: LabelDeps,
  move: LabelMove,
  expected: number | null,
  ctx: CallContext,
): Promise<void> {
  const moved = await deps.models.moveLabel(move.modelId, move.label, move.version, expected, {
    by: ctx.principal.id,
    at: ctx.now,
    reason: move.reason,
  });
  if (!moved)
    throw new AppError(
      "model_conflict",
      `The label ${move.label} was moved by someone else meanwhile.`,
    );
}

async function readLabel(deps: LabelDeps, modelId: string, label: string): Promise<LabelReading> {
  const reading = readLabels(await deps.models.events(modelId, null)).get(label);
  if (reading === undefined)
    throw new AppError("label_not_found", `The model ${modelId} has no label ${label}.`);
  return reading;
}
