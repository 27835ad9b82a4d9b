/** The semantic model of an evaluated database: a YAML file as a source's is saved from, held to the database's schema. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { createLibpgParser } from "../shared/adapters/libpg-query/libpg-parser.ts";
import type { AskSemantics } from "../shared/ask/ports.ts";
import { SemanticModel } from "../shared/contract/semantic-model.ts";
import { applyModel } from "../shared/semantic/apply-model.ts";
import { compileModel } from "../shared/semantic/compile-model.ts";
import { modelDigest } from "../shared/semantic/save-model.ts";
import type { SourceSchema } from "../shared/sources/ports.ts";

/** The one that comes with the sample source. */
export const DEMO_MODEL: string = join(import.meta.dirname, "../shared/demo/semantic-model.yaml");

/** @throws ZodError, or YAML's own, for what is no model. */
export async function readModelFile(file: string): Promise<SemanticModel> {
  return SemanticModel.parse(parse(await readFile(file, "utf8")));
}

/** As the product lays a saved model over a source. @throws Error naming what does not fit the schema. */
export async function readKnowledge(
  sourceId: string,
  catalogue: SourceSchema,
  model: SemanticModel | null,
): Promise<{ readonly schema: SourceSchema; readonly semantics: AskSemantics | undefined }> {
  if (model === null) return { schema: catalogue, semantics: undefined };
  const parser = await createLibpgParser();
  const [fault] = compileModel(parser, model, catalogue).faults;
  if (fault !== undefined) throw new Error(`the model: ${fault.pointer} ${fault.message}`);
  const stored = {
    sourceId,
    version: 1,
    digest: modelDigest(model),
    model,
    createdAt: 0,
    createdBy: "evaluation",
  };
  const applied = applyModel(parser, stored, catalogue);
  return { schema: applied.schema, semantics: applied.visibleTo(applied.schema) };
}
