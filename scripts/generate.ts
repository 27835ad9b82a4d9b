/** Writes what is made from the code: docs/errors.md; with `sql-functions` also the catalogue of PostgreSQL's functions. */
import { mkdir, writeFile } from "node:fs/promises";
import { type ErrorEntry, errorCatalogue } from "../shared/kernel/error-catalogue.ts";

export const ERRORS_PATH = "docs/errors.md";

/** The error catalogue as a page, one section for each code, so that a problem's `type` can point at it. */
export function errorsPage(): string {
  const entries: [string, ErrorEntry][] = Object.entries(errorCatalogue);
  const sections = entries
    .toSorted(([a, one], [b, other]) => one.status - other.status || (a < b ? -1 : 1))
    .map(
      ([code, { status, title, retryable, doc }]) =>
        `## ${code}\n\n${status} · ${title} · ${retryable ? "may succeed when sent again unchanged" : "the same request fails again"}\n\n${doc}\n`,
    );
  return `# Errors

Generated from \`shared/kernel/error-catalogue.ts\` by \`npm run generate\`: do not edit.

Every error is \`application/problem+json\` (RFC 9457) with \`type\`, \`title\`, \`status\`, \`detail\`, \`instance\` (the request id), \`code\` and, for a request that is not valid, \`errors[{ pointer, message }]\`. Programs decide by \`code\`; \`detail\` is for people and may change.

${sections.join("\n")}`;
}

async function generate(wanted: readonly string[]): Promise<void> {
  const unknown = wanted.filter((name) => name !== "sql-functions");
  if (unknown.length > 0)
    throw new Error(`Unknown: ${unknown.join(", ")}. Usage: npm run generate [-- sql-functions]`);
  const root = new URL("../", import.meta.url);
  await mkdir(new URL("docs/", root), { recursive: true });
  await writeFile(new URL(ERRORS_PATH, root), errorsPage());
  console.log(`wrote ${ERRORS_PATH}`);
  // It starts an embedded PostgreSQL, and its output changes only with PostgreSQL's version or the choices made over it.
  if (wanted.includes("sql-functions")) await import("./generate-sql-functions.ts");
}

if (import.meta.main) await generate(process.argv.slice(2));
