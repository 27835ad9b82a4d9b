/** The rows of semantic models. */
import type { ColumnType } from "kysely";
import type { SemanticModel } from "../../contract/semantic-model.ts";

type Time = ColumnType<Date, Date, Date>;

export interface SemanticModelVersionRow {
  source_id: string;
  version: number;
  digest: string;
  /** Read as a value, written as JSON text. */
  model: ColumnType<SemanticModel, string, string>;
  created_at: Time;
  created_by: string;
}

/** Which version is in force. */
export interface SemanticModelRow {
  source_id: string;
  version: number;
  updated_at: Time;
  updated_by: string;
}

export interface SemanticTables {
  semantic_model_versions: SemanticModelVersionRow;
  semantic_models: SemanticModelRow;
}
