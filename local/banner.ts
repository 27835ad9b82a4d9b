/** What `npm start` prints: the functions, where to look, the key, and a first request. */
import Table from "cli-table3";
import type { FunctionSummary } from "./host/function-catalogue.ts";

export interface BannerFacts {
  readonly url: string;
  readonly functions: readonly FunctionSummary[];
  readonly adminKey: string;
  /** Where the key is kept, or null when the operator chose it. */
  readonly keyPath: string | null;
  readonly readyMs: number;
}

export function banner({ url, functions, adminKey, keyPath, readyMs }: BannerFacts): string {
  const port = new URL(url).port;
  const base = `http://localhost:${port}/api`;
  const shownKey =
    keyPath === null ? "the BOOTSTRAP_ADMIN_KEY you set" : `${adminKey}   (kept in ${keyPath})`;
  const curlKey = keyPath === null ? "$BOOTSTRAP_ADMIN_KEY" : adminKey;
  return [
    functionTable(functions),
    "",
    `Ready in ${(readyMs / 1_000).toFixed(1)} s.`,
    "",
    `  Dashboard   ${base}/dashboard`,
    `  API         ${base}/docs`,
    `  Admin key   ${shownKey}`,
    "",
    "Ask your first question:",
    "",
    `  curl -s ${base}/query -H 'X-API-Key: ${curlKey}' -H 'Content-Type: application/json' \\`,
    `    -d '{"question": "Show me active jobs for today"}'`,
    "",
    `or, in another terminal:   npx mcp query "Show me active jobs for today"`,
    "",
    "Ctrl-C stops everything.",
  ].join("\n");
}

function functionTable(functions: readonly FunctionSummary[]): string {
  const table = new Table({
    head: ["Function", "Trigger", "Listens to"],
    style: { head: [], border: [], compact: true },
    chars: { mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
  });
  for (const one of functions) {
    if (!one.name.startsWith("fallback-")) table.push([one.name, one.trigger, listensTo(one)]);
  }
  return table.toString();
}

function listensTo(one: FunctionSummary): string {
  if (one.schedule !== undefined) return one.schedule;
  if (one.queueName !== undefined) return one.queueName;
  return `${(one.methods ?? []).join(",")} ${one.route ?? ""}`.trim();
}
