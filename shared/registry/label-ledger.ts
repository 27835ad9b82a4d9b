/** What the ledger says of labels: pure readings of the events. */
import type { LedgerEvent } from "./ports.ts";

export interface LabelReading {
  readonly label: string;
  readonly version: number;
  readonly movedAt: number;
  readonly movedBy: string;
  readonly reason: string;
}

/** Where a label points, or null. Labels are names that users chose, `constructor` among them. */
export function labelOf(labels: Readonly<Record<string, number>>, label: string): number | null {
  return Object.hasOwn(labels, label) ? (labels[label] ?? null) : null;
}

/** Where every label pointed after the last of `events` (oldest first). */
export function readLabels(events: readonly LedgerEvent[]): ReadonlyMap<string, LabelReading> {
  const labels = new Map<string, LabelReading>();
  for (const event of events) {
    if (event.event !== "label-moved" || event.label === null || event.version === null) continue;
    labels.set(event.label, {
      label: event.label,
      version: event.version,
      movedAt: event.at,
      movedBy: event.by,
      reason: event.reason ?? "",
    });
  }
  return labels;
}

/** The newest version there was after the last of `events`, or null before the first. */
export function latestVersion(events: readonly LedgerEvent[]): number | null {
  return events.reduce<number | null>(
    (latest, event) => (event.event === "version-registered" ? event.version : latest),
    null,
  );
}

/**
 * Where a rollback of `label` goes: the version it pointed at before its current one. Rolling back twice goes on
 * back, since moves that were themselves undone are skipped.
 */
export function rollbackTarget(events: readonly LedgerEvent[], label: string): number | null {
  const path: number[] = [];
  for (const event of events) {
    if (event.event !== "label-moved" || event.label !== label || event.version === null) continue;
    if (path.at(-2) === event.version) path.pop();
    else if (path.at(-1) !== event.version) path.push(event.version);
  }
  return path.at(-2) ?? null;
}
