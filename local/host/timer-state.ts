/** The schedule monitor's memory: one JSON file, so that a run missed while stopped is noticed. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as z from "zod";

const instant = z.string().transform((text, ctx) => {
  const milliseconds = Date.parse(text);
  if (!Number.isNaN(milliseconds)) return milliseconds;
  ctx.addIssue({ code: "custom", message: "not a date" });
  return z.NEVER;
});

const scheduleStatus = z.object({
  last: instant.nullable(),
  next: instant.nullable(),
  lastUpdated: instant,
});
const timerFile = z.record(z.string(), scheduleStatus);

/** Milliseconds since the epoch; `last` is null until the first run. */
export type ScheduleStatus = z.infer<typeof scheduleStatus>;

export interface TimerState {
  read(functionName: string): ScheduleStatus | undefined;
  /** Resolves when the file holds the status. */
  write(functionName: string, status: ScheduleStatus): Promise<void>;
}

/** A file that cannot be read counts as empty: it costs one missed run, never the start. */
export async function openTimerState(
  path: string,
  onUnreadable: (message: string) => void,
): Promise<TimerState> {
  const statuses = new Map(Object.entries(await readStatuses(path, onUnreadable)));
  let writing: Promise<void> = Promise.resolve();
  return {
    read: (functionName) => statuses.get(functionName),
    write(functionName, status) {
      statuses.set(functionName, status);
      // One after another: two timers that end together must not race for the file.
      writing = writing.catch(() => {}).then(() => save(path, statuses));
      return writing;
    },
  };
}

async function readStatuses(path: string, onUnreadable: (message: string) => void) {
  try {
    return timerFile.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      onUnreadable(`${path} is unreadable, so no missed timer run can be noticed this time.`);
    }
    return {};
  }
}

async function save(path: string, statuses: ReadonlyMap<string, ScheduleStatus>): Promise<void> {
  const entries = [...statuses].map(([name, { last, next, lastUpdated }]) => {
    return [name, { last: toIso(last), next: toIso(next), lastUpdated: toIso(lastUpdated) }];
  });
  await mkdir(dirname(path), { recursive: true });
  // Rename is atomic: a crash in the middle leaves the old file.
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
  await rename(draft, path);
}

function toIso(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
