/** Which IP addresses are public, and which give out credentials and are never to be called. */
import ipaddr from "ipaddr.js";

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;
export type IpRange = readonly [IpAddress, number];

const cidr = (text: string): IpRange => ipaddr.parseCIDR(text);

/**
 * Instance metadata and platform agents: they answer anyone on the machine with tokens. 169.254.0.0/16 whole, since
 * App Service serves managed-identity tokens there too; 168.63.129.16 is Azure's wire server and looks public.
 */
const credentialRanges: readonly IpRange[] = [
  "169.254.0.0/16",
  "168.63.129.16/32",
  "100.100.100.200/32",
  "192.0.0.192/32",
  "fe80::/10",
  "fd00:ec2::254/128",
  "fd20:ce::254/128",
  "fd00:42::42/128",
].map(cidr);

/** IANA gives global unicast addresses out of this block only. */
const globalUnicast6 = cidr("2000::/3");

/** Strict: dotted quads of four decimal parts, IPv6 without a zone; null for anything else. */
export function parseIp(text: string): IpAddress | null {
  if (text.includes("%")) return null;
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : null;
}

/** A CIDR or a single address as a range; null where the text is neither. */
export function parseRange(text: string): IpRange | null {
  const single = parseIp(text);
  if (single !== null) return [single, single.kind() === "ipv4" ? 32 : 128];
  return ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : null;
}

export function inRange(address: IpAddress, [network, bits]: IpRange): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

/** True for globally routable unicast addresses that carry no other address inside. */
export function isPublic(address: IpAddress): boolean {
  if (address.range() !== "unicast") return false;
  return address.kind() === "ipv4" || inRange(address, globalUnicast6);
}

/** True for the addresses that no configuration may let through, also inside an IPv6 wrapping. */
export function givesCredentials(address: IpAddress): boolean {
  const inner = embeddedIpv4(address);
  return [address, ...inner].some((one) => credentialRanges.some((range) => inRange(one, range)));
}

/** The IPv4 address that a transition mechanism would unwrap: mapped, compatible, translated, NAT64, 6to4, Teredo. */
function embeddedIpv4(address: IpAddress): readonly IpAddress[] {
  if (address.kind() === "ipv4") return [];
  const bytes = address.toByteArray();
  const at = (start: number) => ipaddr.fromByteArray(bytes.slice(start, start + 4));
  if (bytes[0] === 0x20 && bytes[1] === 0x02) return [at(2)];
  if (address.range() === "teredo") {
    return [at(4), ipaddr.fromByteArray(bytes.slice(12).map((byte) => byte ^ 0xff))];
  }
  return bytes[0] === 0 ? [at(12)] : [];
}
