/** Every trigger definition of the application, as functions/main.ts gathers them; a build test holds the two equal. */
import * as alerts from "../../functions/alerts.ts";
import * as cache from "../../functions/cache.ts";
import type { AppDeps } from "../../functions/define.ts";
import { describe } from "../../functions/docs.ts";
import * as examples from "../../functions/examples.ts";
import * as health from "../../functions/health.ts";
import * as jobs from "../../functions/jobs.ts";
import * as keys from "../../functions/keys.ts";
import * as metrics from "../../functions/metrics.ts";
import * as models from "../../functions/models.ts";
import * as policies from "../../functions/policies.ts";
import * as query from "../../functions/query.ts";
import * as semanticModels from "../../functions/semantic-models.ts";
import * as site from "../../functions/site.ts";
import * as sources from "../../functions/sources.ts";
import type { AnyDefinition, HttpDefinition } from "../../shared/http/definition.ts";

const isDefinition = (value: unknown): value is AnyDefinition<AppDeps> =>
  typeof value === "object" && value !== null && "kind" in value && "handle" in value;

const capabilities = [
  models,
  query,
  jobs,
  examples,
  cache,
  sources,
  semanticModels,
  health,
  metrics,
  alerts,
  keys,
  policies,
  site,
]
  .flatMap((module): unknown[] => Object.values(module))
  .filter(isDefinition);

export const allDefinitions: readonly AnyDefinition<AppDeps>[] = [
  ...capabilities,
  ...describe(capabilities),
];

export const httpDefinitions: readonly HttpDefinition<AppDeps>[] = allDefinitions.filter(
  (definition) => definition.kind === "http",
);
