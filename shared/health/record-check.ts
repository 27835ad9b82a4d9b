/** One result into what is known of a target: once per timer slot, however many instances bring one. */
import { type CheckOutcome, nextHealth, unknownHealth } from "./health-state.ts";
import type { HealthStore, TargetHealth } from "./ports.ts";

/** Each lost race means that another writer got through; more than this is a fault, not a race. */
const MAX_RACES = 20;

export interface CheckRecord {
  readonly target: string;
  /** The scheduled time of the timer run, in milliseconds. */
  readonly slot: number;
  readonly outcome: CheckOutcome;
  readonly evidence: string;
  readonly latencyMs: number | null;
  readonly at: number;
}

type Deps = { readonly health: Pick<HealthStore, "load" | "save"> };

/** @returns what is known now, whether this result was counted or the slot already was. */
export function recordCheck(deps: Deps, record: CheckRecord): Promise<TargetHealth> {
  return update(deps, record.target, (known) => {
    if (known !== null && known.lastSlot >= record.slot) return null;
    const { event: _event, ...count } = nextHealth(known ?? unknownHealth, record.outcome);
    return {
      ...count,
      target: record.target,
      lastCheckedAt: new Date(record.at).toISOString(),
      lastStatus: record.outcome,
      evidence: record.evidence,
      latencyMs: record.latencyMs,
      lastSlot: record.slot,
      incidentOpen: known?.incidentOpen ?? false,
    };
  });
}

/** Notes that the incident of this target was opened or resolved. */
export async function noteIncident(
  deps: Deps,
  target: string,
  incidentOpen: boolean,
): Promise<void> {
  await update(deps, target, (known) =>
    known === null || known.incidentOpen === incidentOpen ? null : { ...known, incidentOpen },
  );
}

type Change = (known: TargetHealth | null) => Omit<TargetHealth, "version"> | null;

async function update({ health }: Deps, target: string, change: Change): Promise<TargetHealth> {
  for (let races = 0; races < MAX_RACES; races++) {
    const known = await health.load(target);
    const changed = change(known);
    if (changed === null && known !== null) return known;
    if (changed === null) break;
    const next = { ...changed, version: (known?.version ?? 0) + 1 };
    if (await health.save(next)) return next;
  }
  throw new Error("the health of a target could not be saved");
}
