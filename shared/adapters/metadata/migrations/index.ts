/** Every migration in order. Names are never changed once released; a mistake is mended by the next one. */
import * as registry from "./0001-registry.ts";
import * as queries from "./0002-queries.ts";
import * as alerts from "./0003-alerts.ts";
import * as health from "./0004-health.ts";
import * as policies from "./0005-policies.ts";
import * as jobs from "./0006-jobs.ts";
import * as keyLimits from "./0007-key-limits.ts";
import * as languageModel from "./0008-language-model.ts";
import * as examples from "./0009-examples.ts";
import * as semanticModels from "./0010-semantic-models.ts";
import * as cacheWatch from "./0011-cache-watch.ts";
import * as askingModel from "./0012-asking-model.ts";

export const migrations = {
  "0001-registry": registry,
  "0002-queries": queries,
  "0003-alerts": alerts,
  "0004-health": health,
  "0005-policies": policies,
  "0006-jobs": jobs,
  "0007-key-limits": keyLimits,
  "0008-language-model": languageModel,
  "0009-examples": examples,
  "0010-semantic-models": semanticModels,
  "0011-cache-watch": cacheWatch,
  "0012-asking-model": askingModel,
};
