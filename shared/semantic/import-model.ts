/** Takes over another product's semantic model: what fits the source is saved, what does not is named with its place. */
import type { z } from "zod";
import { SemanticModel } from "../contract/semantic-model.ts";
import { AppError, type FieldError } from "../kernel/app-error.ts";
import type { CallContext } from "../kernel/context.ts";
import type { Converted, ForeignExample } from "./foreign-model.ts";
import { convertCortex } from "./import-cortex.ts";
import { convertWren } from "./import-wren.ts";
import type { StoredModel } from "./ports.ts";
import { findFaults, type SemanticDeps, storeModel } from "./save-model.ts";

export interface ImportDeps extends SemanticDeps {
  /** Saves a verified example of the source. @throws AppError that says why it is none. */
  readonly teach: (
    example: ForeignExample & { readonly source: string },
    ctx: CallContext,
  ) => Promise<unknown>;
}

export interface Imported {
  readonly stored: StoredModel;
  readonly created: boolean;
  readonly skipped: readonly FieldError[];
  readonly saved: readonly string[];
  readonly refused: readonly { readonly question: string; readonly reason: string }[];
}

const CONVERTERS = { cortex: convertCortex, wren: convertWren } as const;
const LISTS = ["tables", "relationships", "metrics", "filters"] as const;

/** @throws AppError source_not_found, request_invalid where nothing of it fits or there is too much of it. */
export async function importModel(
  deps: ImportDeps,
  input: {
    readonly sourceId: string;
    readonly format: keyof typeof CONVERTERS;
    readonly document: Readonly<Record<string, unknown>>;
  },
  ctx: CallContext,
): Promise<Imported> {
  const source = await deps.sources.resolve(input.sourceId, ctx.principal);
  const converted = CONVERTERS[input.format](input.document);
  const { model, origins, skipped } = wellFormed(converted);
  const faults = await findFaults(deps, source, model, ctx);
  const fitting = withoutFaulty(model, faults);
  if (LISTS.every((list) => fitting[list].length === 0))
    throw new AppError("request_invalid", "Nothing in this model fits the source.", {
      fields: [...skipped, ...faults].slice(0, 50),
    });
  const { sourceId } = source.record;
  const { stored, created } = await storeModel(deps, sourceId, fitting, ctx);
  const taught = await teachAll(deps, sourceId, converted.examples, ctx);
  const misfits = faults.map(({ pointer, message }) => ({
    pointer: originOf(pointer, origins),
    message,
  }));
  return { stored, created, skipped: [...skipped, ...misfits], ...taught };
}

/**
 * Entries that the contract's shape has no room for are put aside one by one; the places stay aligned with what is left.
 * @throws AppError request_invalid where a list is longer than a model's may be.
 */
function wellFormed({ model, origins, skipped }: Converted): {
  readonly model: SemanticModel;
  readonly origins: Converted["origins"];
  readonly skipped: readonly FieldError[];
} {
  const kept: Record<string, unknown[]> = {};
  const places = { ...origins };
  const faults: FieldError[] = [];
  for (const list of LISTS) {
    const entries: readonly unknown[] = model[list] ?? [];
    const issues = entries.map(
      (entry) => SemanticModel.safeParse({ [list]: [entry] }).error?.issues[0],
    );
    issues.forEach((issue, at) => {
      if (issue) faults.push({ pointer: origins[list][at] ?? "", message: issue.message });
    });
    const fits = (_: unknown, at: number) => issues[at] === undefined;
    kept[list] = entries.filter(fits);
    places[list] = origins[list].filter(fits);
  }
  const whole = SemanticModel.safeParse(kept);
  if (!whole.success) throw tooLong(whole.error.issues);
  return { model: whole.data, origins: places, skipped: [...skipped, ...faults] };
}

/** Each entry fits by itself: what is left to object to is how many there are. */
function tooLong(issues: readonly z.core.$ZodIssue[]): AppError {
  const fields = issues.map(({ path, message }) => ({
    pointer: ["", ...path.map(String)].join("/"),
    message,
  }));
  const detail = `${fields[0]?.pointer}: ${fields[0]?.message}`;
  return new AppError("request_invalid", detail, { fields });
}

function withoutFaulty(model: SemanticModel, faults: readonly FieldError[]): SemanticModel {
  const pointers = faults.map(({ pointer }) => pointer);
  const isFaulty = (prefix: string) =>
    pointers.some((one) => one === prefix || one.startsWith(`${prefix}/`));
  const sound = <T>(list: (typeof LISTS)[number], entries: readonly T[]) =>
    entries.filter((_, at) => !isFaulty(`/${list}/${at}`));
  return {
    tables: model.tables.flatMap((table, at) => {
      const place = `/tables/${at}`;
      if (isFaulty(`${place}/name`)) return [];
      const columns = table.columns.filter((_, i) => !isFaulty(`${place}/columns/${i}`));
      return { ...table, columns };
    }),
    relationships: sound("relationships", model.relationships),
    metrics: sound("metrics", model.metrics),
    filters: sound("filters", model.filters),
  };
}

function originOf(pointer: string, origins: Converted["origins"]): string {
  const [, list = "", at = ""] = pointer.split("/");
  return origins[list as (typeof LISTS)[number]]?.[Number(at)] ?? pointer;
}

async function teachAll(
  { teach }: Pick<ImportDeps, "teach">,
  source: string,
  examples: readonly ForeignExample[],
  ctx: CallContext,
): Promise<Pick<Imported, "saved" | "refused">> {
  const saved: string[] = [];
  const refused: { question: string; reason: string }[] = [];
  for (const example of examples) {
    try {
      await teach({ ...example, source }, ctx);
      saved.push(example.question);
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error;
      refused.push({ question: example.question, reason: error.detail });
    }
  }
  return { saved, refused };
}
