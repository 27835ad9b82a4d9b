/** What the health report looks at, each with its own evidence. */

import type { MetadataDatabase } from "./adapters/metadata/database.ts";
import type { CheckedQueueSender } from "./adapters/storage-queue/queue-sender.ts";
import type { AlertChannel, IncidentStore } from "./alerts/ports.ts";
import type { CheckResult, ComponentCheck } from "./health/ports.ts";
import type { JobResults } from "./jobs/ports.ts";
import type { Clock } from "./kernel/clock.ts";
import { systemPrincipal } from "./kernel/context.ts";
import type { OpenSource, SourceGateway } from "./sources/ports.ts";

/** A dead letter troubles the report for a day; it stays in the list. */
const RECENT_MS = 86_400_000;

export interface ComponentDeps {
  readonly clock: Clock;
  readonly db: MetadataDatabase;
  readonly queueSender: CheckedQueueSender;
  readonly jobResults: Pick<JobResults, "check">;
  readonly builtins: readonly OpenSource[];
  readonly sources: SourceGateway;
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
    component("exports", false, async (signal) => {
      await deps.jobResults.check(signal);
      return "the blob container answered";
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
        const [latest] = letters.filter(
          (letter) => Date.parse(letter.at) > deps.clock.now() - RECENT_MS,
        );
        return latest === undefined
          ? { status: "healthy", evidence: "none in the last day" }
          : {
              status: "degraded",
              evidence: `the latest was given up at ${latest.at}: ${latest.reason}`,
            };
      }),
    },
    ...deps.builtins.map((source) => ({
      name: `source ${source.record.sourceId}`,
      critical: false,
      check: timed((signal) => checkSource(source, signal)),
    })),
    {
      name: "registered sources",
      critical: false,
      check: timed((signal) => checkRegistered(deps, signal)),
    },
  ];
}

async function checkSource(source: OpenSource, signal: AbortSignal): Promise<Finding> {
  const { ok, evidence } = await source.adapter.check(signal);
  return { status: ok ? "healthy" : "unhealthy", evidence };
}

/** Each of them, at once; the first that fails is named. */
async function checkRegistered({ sources }: ComponentDeps, signal: AbortSignal): Promise<Finding> {
  const principal = systemPrincipal("health");
  const records = (await sources.visible(principal)).filter((record) => !record.builtin);
  const findings = await Promise.all(
    records.map(async ({ sourceId }) => ({
      sourceId,
      ...(await checkSource(await sources.resolve(sourceId, principal), signal)),
    })),
  );
  const failed = findings.filter((finding) => finding.status !== "healthy");
  if (failed.length === 0)
    return { status: "healthy", evidence: `${findings.length} of ${findings.length} answered` };
  const named = failed.map((finding) => `${finding.sourceId}: ${finding.evidence}`).slice(0, 5);
  return {
    status: "unhealthy",
    evidence: `${failed.length} of ${findings.length} do not answer: ${named.join("; ")}`,
  };
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
