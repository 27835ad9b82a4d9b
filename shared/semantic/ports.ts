/** The semantic models of sources: how they are kept, and what the query path asks of them. */
import type { AskSemantics } from "../ask/ports.ts";
import type { SemanticModel } from "../contract/semantic-model.ts";
import type { OpenSource, SourceSchema } from "../sources/ports.ts";

/** A model in force. Versions are immutable, numbered per source, and the same model is the same version. */
export interface StoredModel {
  readonly sourceId: string;
  readonly version: number;
  /** SHA-256 over the model's canonical JSON. */
  readonly digest: string;
  readonly model: SemanticModel;
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number;
  readonly createdBy: string;
}

export interface ModelChange {
  readonly by: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

export interface SemanticModelStore {
  /** The model in force of a source, or null. */
  current(sourceId: string): Promise<StoredModel | null>;
  /** Puts a model in force: a version that is known, or a new one. */
  put(
    sourceId: string,
    model: SemanticModel,
    digest: string,
    change: ModelChange,
  ): Promise<{ readonly stored: StoredModel; readonly created: boolean }>;
  /** No model is in force afterwards; its versions stay. False where none was. */
  retire(sourceId: string): Promise<boolean>;
}

/** Models as this instance remembers them: five seconds at most. */
export interface SemanticMemory {
  /** The same object until another model is in force. */
  forSource(sourceId: string): Promise<StoredModel | null>;
  forget(sourceId: string): void;
}

/** A model laid over a schema. */
export interface AppliedModel {
  readonly version: string;
  /** With descriptions, synonyms, roles and relationships. Callers' restricted schemas are made of it. */
  readonly schema: SourceSchema;
  /** The metrics and filters over nothing but what this schema, which was made of the one above, still has. */
  visibleTo(schema: SourceSchema): AskSemantics;
}

export interface SemanticKnowledge {
  /** Null where the source has no model; the same object for the same schema and model. @throws AppError metadata_unavailable. */
  of(source: Pick<OpenSource, "record">, schema: SourceSchema): Promise<AppliedModel | null>;
}
