/** The only entry of the application: reads the configuration, registers every function, connects to nothing. */

import { registerAll } from "../shared/adapters/azure-functions/register.ts";
import type { Deps } from "../shared/compose.ts";
import { readConfig } from "../shared/config.ts";
import type { AnyDefinition } from "../shared/http/definition.ts";
import { systemClock } from "../shared/kernel/clock.ts";
import { processLog } from "../shared/kernel/process-log.ts";
import * as alerts from "./alerts.ts";
import * as cache from "./cache.ts";
import { describe } from "./docs.ts";
import * as examples from "./examples.ts";
import * as health from "./health.ts";
import * as jobs from "./jobs.ts";
import * as keys from "./keys.ts";
import * as metrics from "./metrics.ts";
import * as models from "./models.ts";
import * as policies from "./policies.ts";
import * as query from "./query.ts";
import * as semanticModels from "./semantic-models.ts";
import * as site from "./site.ts";
import * as sources from "./sources.ts";
import { VERSION } from "./version.ts";

const modules: readonly Readonly<Record<string, unknown>>[] = [
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
];

const isDefinition = (value: unknown): value is AnyDefinition<Deps> =>
  typeof value === "object" && value !== null && "kind" in value && "handle" in value;

const capabilities = modules.flatMap((module) => Object.values(module).filter(isDefinition));
const definitions = [...capabilities, ...describe(capabilities)];

// A bad setting throws here, and the host refuses to start.
const config = readConfig();
const log = processLog;
let opening: Promise<Deps> | null = null;

/** Opened at the first call and shared by all; a failure is forgotten, so that the next call tries again. */
function open(): Promise<Deps> {
  opening ??= start().catch((error: unknown) => {
    opening = null;
    throw error;
  });
  return opening;
}

/** The adapters come with the first call: loading this file loads no SDK. */
async function start(): Promise<Deps> {
  const [{ compose }, { composeBuiltins }] = await Promise.all([
    import("../shared/compose.ts"),
    import("../shared/compose-local.ts"),
  ]);
  const onRebuilt = async () => {
    await (await opening)?.cache.invalidate("demo", "all");
  };
  return compose({
    config,
    version: VERSION,
    log,
    builtins: composeBuiltins({ config, clock: systemClock, onRebuilt }),
  });
}

registerAll(
  definitions,
  {
    clock: systemClock,
    open: async () => {
      const deps = await open();
      return { deps, authenticator: deps.authenticator, idempotency: deps.idempotency };
    },
  },
  async () => {
    await (await opening)?.close();
  },
);
