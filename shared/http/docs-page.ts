/** The readable page of the API: the same definitions as the OpenAPI document, and every error. */
import { errorCatalogue } from "../kernel/error-catalogue.ts";
import type { AnyDefinition, HttpDefinition } from "./definition.ts";

const style = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{max-width:70rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}td,th{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid #8884;vertical-align:top}
code{font:13px ui-monospace,monospace}h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}`;

export function docsPage(definitions: readonly AnyDefinition<never>[], version: string): string {
  const routes = definitions.filter(
    (definition): definition is HttpDefinition<never> =>
      definition.kind === "http" && !definition.route.includes("*"),
  );
  const tags = [...new Set(routes.map((route) => route.tag))];
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>MCP Platform API</title><style>${style}</style>
<h1>MCP Platform API ${escapeHtml(version)}</h1>
<p>Base <code>/api</code>. Send an API key as <code>X-API-Key</code> or <code>Authorization: Bearer</code>. The machine-readable form is <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
${tags
  .map(
    (tag) =>
      `<h2>${escapeHtml(tag)}</h2><table><tr><th>Route<th>What it does<th>Permission</tr>${routes
        .filter((route) => route.tag === tag)
        .map(row)
        .join("")}</table>`,
  )
  .join("\n")}
<h2>Errors</h2><table><tr><th>Code<th>Status<th>Meaning<th>What to do</tr>${Object.entries(
    errorCatalogue,
  )
    .map(
      ([code, { status, title, doc }]) =>
        `<tr id="${code}"><td><code>${code}</code><td>${status}<td>${escapeHtml(title)}<td>${escapeHtml(doc)}</tr>`,
    )
    .join("")}</table></html>`;
}

function row({ method, route, summary, access }: HttpDefinition<never>): string {
  return `<tr><td><code>${method} /${escapeHtml(route)}</code><td>${escapeHtml(summary)}<td>${typeof access === "object" ? `<code>${access.permission}</code>` : access}</tr>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
