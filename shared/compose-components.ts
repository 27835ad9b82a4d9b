/** What the health report looks at, each with its own evidence. */

import type { MetadataDatabase } from "./adapters/metadata/database.ts";
import type { CheckedQueueSender } from "./adapters/storage-queue/queue-sender.ts";
import type { AlertChannel, IncidentStore } from "./alerts/ports.ts";
import type { CheckResult, ComponentCheck } from "./health/ports.ts";
import type { OpenSource } from "./sources/ports.ts";

export interface ComponentDeps {
  readonly db: MetadataDatabase;
  readonly queueSender: CheckedQueueSender;
  readonly builtins: readonly OpenSource[];
  readonly incidents: Pick<IncidentStore, "deadLetters">;
  readonly channels: readonly AlertChannel[];
}

export function composeComponents(deps: ComponentDeps): readonly ComponentCheck[] {
  return [
    component("metadata database", true, async () => {
      await deps.db.selectFrom("models").select("model_id").limit(1).execute();
      return "answered a query";
    }),
    component("queues", false, async (signal) => {
      await deps.queueSender.check(signal);
      return "the queue service answered";
    }),
    component(
      "alert channels",
      false,
      async () => `configured: ${deps.channels.map((channel) => channel.name).join(", ")}`,
    ),
    {
      name: "dead letters",
      critical: false,
      check: timed(async () => {
        const letters = await deps.incidents.deadLetters(1);
        const [latest] = letters;
        return latest === undefined
          ? { status: "healthy", evidence: "none" }
          : {
              status: "degraded",
              evidence: `the latest was given up at ${latest.at}: ${latest.reason}`,
            };
      }),
    },
    ...deps.builtins.map(({ record, adapter }) =>
      component(
        `source ${record.sourceId}`,
        false,
        async (signal) => (await adapter.check(signal)).evidence,
      ),
    ),
  ];
}

type Finding = Pick<CheckResult, "status" | "evidence">;

function component(
  name: string,
  critical: boolean,
  probe: (signal: AbortSignal) => Promise<string>,
): ComponentCheck {
  return {
    name,
    critical,
    check: timed(async (signal) => ({ status: "healthy", evidence: await probe(signal) })),
  };
}

function timed(probe: (signal: AbortSignal) => Promise<Finding>): ComponentCheck["check"] {
  return async (signal) => {
    const started = performance.now();
    const finding = await probe(signal);
    return { ...finding, latencyMs: Math.round((performance.now() - started) * 10) / 10 };
  };
}
