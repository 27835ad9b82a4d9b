/** Where the host's and the app's log lines go, and the host.json `logging.logLevel` filter before it. */
import type { RpcLogLevel } from "./core-types.ts";

export type HostLogLevel = RpcLogLevel;
export type HostLog = (level: HostLogLevel, category: string, message: string) => void;

const rank: Record<HostLogLevel, number> = {
  trace: 0,
  debug: 1,
  information: 2,
  warning: 3,
  error: 4,
  critical: 5,
  none: 6,
};

export function isLogLevel(text: string): text is HostLogLevel {
  return Object.hasOwn(rank, text);
}

/**
 * Drops lines below the level of their category. As in the real host the longest
 * dotted prefix wins (`Function.ask.User`, `Function.ask`, `Function`, `default`).
 */
export function filterLog(sink: HostLog, levels: Readonly<Record<string, HostLogLevel>>): HostLog {
  const configured = new Map(
    Object.entries(levels).map(([key, level]) => [key.toLowerCase(), level]),
  );
  const thresholds = new Map<string, number>();
  const thresholdOf = (category: string): number => {
    const known = thresholds.get(category);
    if (known !== undefined) return known;
    const threshold = rank[levelFor(category.toLowerCase(), configured)];
    thresholds.set(category, threshold);
    return threshold;
  };
  return (level, category, message) => {
    if (level !== "none" && rank[level] >= thresholdOf(category)) sink(level, category, message);
  };
}

function levelFor(category: string, configured: ReadonlyMap<string, HostLogLevel>): HostLogLevel {
  for (let prefix = category; prefix !== ""; prefix = parentOf(prefix)) {
    const level = configured.get(prefix);
    if (level !== undefined) return level;
  }
  return configured.get("default") ?? "information";
}

function parentOf(category: string): string {
  return category.slice(0, Math.max(category.lastIndexOf("."), 0));
}

/** The default sink: one line per entry, warnings and worse on standard error. */
export const consoleLog: HostLog = (level, category, message) => {
  const stream = rank[level] >= rank.warning ? process.stderr : process.stdout;
  stream.write(`[${new Date().toISOString()}] ${level} ${category}: ${message}\n`);
};

/** The text of anything thrown, with the stack where there is one. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\nCaused by: ${errorText(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
