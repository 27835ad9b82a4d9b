/** The contract's shapes as the SDK hands them out: types only, nothing of the server is loaded. */
import type { z } from "zod";
import type * as alerts from "../../shared/contract/alerts.ts";
import type * as cache from "../../shared/contract/cache.ts";
import type * as common from "../../shared/contract/common.ts";
import type * as examples from "../../shared/contract/examples.ts";
import type * as health from "../../shared/contract/health.ts";
import type * as jobs from "../../shared/contract/jobs.ts";
import type * as keys from "../../shared/contract/keys.ts";
import type * as models from "../../shared/contract/models.ts";
import type * as query from "../../shared/contract/query.ts";
import type * as semantic from "../../shared/contract/semantic-model.ts";
import type * as sources from "../../shared/contract/sources.ts";

export type ProblemDetails = z.output<typeof common.Problem>;

export type ModelConfigInput = z.input<typeof models.ModelConfig>;
export type RegisterAnswer = z.output<typeof models.RegisterAnswer>;
export type ModelSummary = z.output<typeof models.ModelSummary>;
export type ModelDetail = z.output<typeof models.ModelDetail>;
export type ModelStatus = z.output<typeof models.ModelStatus>;
export type LabelMove = z.output<typeof models.LabelMove>;
export type LabelState = z.output<typeof models.LabelState>;
export type RollbackInput = z.input<typeof models.RollbackRequest>;
export type HistoryEvent = z.output<typeof models.HistoryEvent>;

export type QueryInput = z.input<typeof query.QueryRequest>;
export type Parameter = z.output<typeof query.Parameter>;
export type QueryResponse = z.output<typeof query.QueryResponse>;
export type QueryAnswer = z.output<typeof query.QueryAnswer>;
export type QueryClarify = z.output<typeof query.QueryClarify>;
export type QueryAbstain = z.output<typeof query.QueryAbstain>;
export type ExplainAnswer = z.output<typeof query.ExplainAnswer>;
export type HistoryItem = z.output<typeof query.HistoryItem>;

export type Example = z.output<typeof examples.Example>;
export type ExampleInput = z.input<typeof examples.ExampleRequest>;
export type FeedbackInput = z.input<typeof examples.FeedbackRequest>;
export type FeedbackAnswer = z.output<typeof examples.FeedbackAnswer>;
export type ExampleSuggestion = z.output<typeof examples.ExampleSuggestion>;

export type QueryJobInput = z.input<typeof jobs.QueryJobRequest>;
export type QueryJob = z.output<typeof jobs.QueryJob>;
export type Row = z.output<typeof jobs.JobRows>["items"][number];

export type CacheStats = z.output<typeof cache.CacheStats>;
export type InvalidateInput = z.input<typeof cache.InvalidateRequest>;
export type InvalidateAnswer = z.output<typeof cache.InvalidateAnswer>;

export type Source = z.output<typeof sources.Source>;
export type SourceInput = z.input<typeof sources.SourceRequest>;
export type SchemaDetail = z.output<typeof sources.SchemaQuery>["detail"];
export type SchemaAnswer = z.output<typeof sources.SchemaAnswer>;
export type ChangeTriggersAnswer = z.output<typeof sources.ChangeTriggersAnswer>;
export type SourceCheckAnswer = z.output<typeof sources.SourceCheckAnswer>;

export type SemanticModel = z.output<typeof semantic.SemanticModel>;
export type SemanticModelInput = z.input<typeof semantic.SemanticModel>;
export type SemanticModelAnswer = z.output<typeof semantic.SemanticModelAnswer>;
export type SavedSemanticModel = z.output<typeof semantic.SavedSemanticModel>;
export type ImportedSemanticModel = z.output<typeof semantic.ImportAnswer>;

export type KeyInput = z.input<typeof keys.KeyRequest>;
export type KeyInfo = z.output<typeof keys.KeyInfo>;
export type KeyCreated = z.output<typeof keys.KeyCreated>;

export type ChannelName = z.output<typeof alerts.ChannelName>;
export type IncidentItem = z.output<typeof alerts.IncidentItem>;
export type DeadLetterList = z.output<typeof alerts.DeadLetterList>;
export type AlertTestAnswer = z.output<typeof alerts.AlertTestAnswer>;

export type HealthLevel = z.output<typeof health.HealthLevel>;
export type HealthAnswer = z.output<typeof health.HealthAnswer>;
