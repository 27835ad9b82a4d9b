/** Which user-supplied URL may be called, and which resolved address may be connected to: refuse rather than repair. */
import {
  givesCredentials,
  type IpRange,
  inRange,
  isPublic,
  parseIp,
  parseRange,
} from "./ip-rules.ts";
import { isWebPort } from "./refused-ports.ts";

/** Longer than any real endpoint; what older proxies take. */
const MAX_URL_LENGTH = 2048;

interface TrustedHost {
  readonly host: string;
  /** Null for any port that passes the port rule. */
  readonly port: number | null;
}

/** What the operator lets through besides the public internet. */
export interface OutboundPolicy {
  readonly ranges: readonly IpRange[];
  readonly hosts: readonly TrustedHost[];
}

export type UrlVerdict =
  | { readonly ok: true; readonly url: URL; readonly host: string; readonly trusted: boolean }
  | { readonly ok: false; readonly reason: string };

export type AddressVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string };

/** Suffixes of names that mean something only inside a network (RFC 6761, RFC 6762, RFC 8375, ICANN's private use). */
const privateSuffixes: readonly string[] = [
  "localhost",
  "localdomain",
  "local",
  "internal",
  "intranet",
  "lan",
  "home",
  "corp",
  "private",
  "home.arpa",
  "arpa",
  "onion",
];

/** Metadata services with names outside the suffixes above. */
const metadataNames: readonly string[] = [
  "metadata.goog",
  "metadata.packet.net",
  "metadata.platformequinix.com",
  "metadata.tencentyun.com",
  "metadata.azure.com",
];

/**
 * Reads the operator's allow list. An entry is a CIDR or an address (`127.0.0.0/8`: connections there are allowed), or
 * a host name with or without a port (`models.internal:8080`: this name is trusted, wherever on a private network it
 * points; with a port, that port too). No entry opens the metadata addresses.
 * @throws TypeError naming the entry that is none of these.
 */
export function parseOutboundPolicy(allow: readonly string[]): OutboundPolicy {
  const ranges: IpRange[] = [];
  const hosts: TrustedHost[] = [];
  for (const entry of allow) {
    const range = parseRange(entry);
    const host = /^([a-z0-9_.-]{1,253}|\[[0-9a-f:.]+\])(?::([1-9]\d{0,4}))?$/i.exec(entry);
    if (range !== null) ranges.push(range);
    else if (host?.[1] !== undefined)
      hosts.push({
        host: host[1].toLowerCase(),
        port: host[2] === undefined ? null : Number(host[2]),
      });
    else throw new TypeError(`not a CIDR, an address or a host name: ${JSON.stringify(entry)}`);
  }
  return { ranges, hosts };
}

/**
 * Judges the text of a URL before anything is resolved. The host that we read must be the host that the WHATWG parser
 * will call, letter for letter (but for case): whatever it would map, strip, decode or expand is refused instead.
 */
export function checkUrl(text: string, policy: OutboundPolicy): UrlVerdict {
  if (text.length === 0 || text.length > MAX_URL_LENGTH)
    return refuse("the URL is empty or too long");
  if (!isPlain(text)) return refuse("the URL holds a space, a control character or a backslash");
  const parts = /^(https?):\/\/([^/?#]+)(?:[/?#].*)?$/i.exec(text);
  if (parts?.[2] === undefined)
    return refuse("only http:// and https:// URLs with a host are called");
  const authority = parts[2];
  if (authority.includes("@")) return refuse("the URL holds a user name");
  const raw = /^(\[[0-9a-f:.]+\]|[^:[\]%]+)(?::([1-9]\d{0,4}))?$/i.exec(authority);
  if (raw?.[1] === undefined || !URL.canParse(text))
    return refuse("the host or the port is not valid");
  const url = new URL(text);
  const host = url.hostname;
  if (!sameHost(raw[1], host)) return refuse("the host is not written in its plain form");
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  const trusted = policy.hosts.find(
    (one) => one.host === host && (one.port === null || one.port === port),
  );
  if (!isWebPort(port) && trusted?.port !== port)
    return refuse("the port is not one of a web service");
  const verdict = checkHost(host, policy, trusted !== undefined);
  return verdict.ok ? { ok: true, url, host, trusted: trusted !== undefined } : verdict;
}

/**
 * Judges one address that a name resolved to, or that the URL names. `trusted` is what `checkUrl` said of the name.
 * An IPv4 address wrapped in IPv6 is refused whatever it wraps: no public service needs it.
 */
export function checkAddress(
  address: string,
  policy: OutboundPolicy,
  trusted: boolean,
): AddressVerdict {
  const ip = parseIp(address);
  if (ip === null) return refuse("the address is not valid");
  if (givesCredentials(ip)) return refuse("the address is a metadata service");
  if (isPublic(ip) || trusted || policy.ranges.some((range) => inRange(ip, range)))
    return { ok: true };
  return refuse("the address is not on the public internet");
}

/** The address inside the host of a URL, or null for a name. */
export function literalAddress(host: string): string | null {
  const bare = host.startsWith("[") ? host.slice(1, -1) : host;
  return parseIp(bare) === null ? null : bare;
}

function checkHost(host: string, policy: OutboundPolicy, trusted: boolean): AddressVerdict {
  const literal = literalAddress(host);
  if (literal !== null) return checkAddress(literal, policy, trusted);
  const labels = host.replace(/\.$/, "").split(".");
  const valid = labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
  if (!valid || host.length > 253) return refuse("the host name is not valid");
  if (trusted) return { ok: true };
  if (labels.length < 2) return refuse("the host name is not a public one");
  const name = labels.join(".");
  const isPrivate = privateSuffixes.some(
    (suffix) => name === suffix || name.endsWith(`.${suffix}`),
  );
  if (isPrivate || metadataNames.includes(name)) return refuse("the host name is not a public one");
  return { ok: true };
}

/** True where the parser changed nothing but case, or turned an international label into its own `xn--` form. */
function sameHost(raw: string, parsed: string): boolean {
  if (raw.startsWith("[")) return parsed.startsWith("[");
  const rawLabels = raw.split(".");
  const parsedLabels = parsed.split(".");
  if (rawLabels.length !== parsedLabels.length) return false;
  return rawLabels.every((label, i) => {
    const after = parsedLabels[i] ?? "";
    return isAscii(label) ? label.toLowerCase() === after : after.startsWith("xn--");
  });
}

function isAscii(text: string): boolean {
  return [...text].every((character) => character <= "\u007f");
}

/** Rejects C0 and C1 controls, the space, DEL and the backslash anywhere in the text. */
function isPlain(text: string): boolean {
  return [...text].every((character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0x20 && (code < 0x7f || code > 0x9f) && character !== "\\";
  });
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
