/** Which headers a call to a user's address may carry, and which survive a redirect. */

/** Framing and routing belong to the connection; cookies and proxies are never used. */
const ownedHeaders: ReadonlySet<string> = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "upgrade",
  "expect",
  "te",
  "trailer",
  "keep-alive",
  "cookie",
  "accept-encoding",
]);

/** What another origin may see after a redirect: nothing that could be a credential. */
const sharedHeaders: ReadonlySet<string> = new Set(["accept", "user-agent"]);

export type Headers = Readonly<Record<string, string>>;

/** Lower-case names and valid values (RFC 9110, 5.5), or null where a header may not be sent. */
export function checkHeaders(headers: Headers): Headers | null {
  const checked: Record<string, string> = { "user-agent": "mcp-platform", accept: "*/*" };
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase();
    const valid = /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(key) && /^[\t\x20-\x7e]*$/.test(value);
    if (!valid || ownedHeaders.has(key) || key.startsWith("proxy-")) return null;
    checked[key] = value;
  }
  return checked;
}

/** The headers for the next hop: the same for the same origin, the harmless ones for another. */
export function redirectHeaders(headers: Headers, from: URL, to: URL): Headers {
  if (from.origin === to.origin) return headers;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => sharedHeaders.has(name)));
}
