/** The rules about URLs and addresses, beyond the catalogue. */
// covers: HEALTH-05
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkAddress,
  checkUrl,
  parseOutboundPolicy,
} from "../../../shared/outbound/address-policy.ts";
import { isWebPort } from "../../../shared/outbound/refused-ports.ts";

const strict = parseOutboundPolicy([]);

describe("checkUrl", () => {
  it.each([
    "http://127.0.0.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[3fff::1]/",
    "http://[2001:db8::1]/",
    "http://168.63.129.16/",
    "http://100.100.100.200/",
    "http://192.0.0.192/",
    "http://255.255.255.255/",
    "http://224.0.0.1/",
    "http://198.18.0.1/",
    "http://192.88.99.1/",
    "http://0x5db8d822/",
    "http://1572395042/",
    "http://93.184.55330/",
    "http://0135.184.216.34/",
    "http://93.184.216.34./",
  ])("refuses the address %s", (url) => {
    expect(checkUrl(url, strict).ok).toBe(false);
  });

  it.each([
    "http://localhost/",
    "http://api.localhost/",
    "http://db.internal/",
    "http://printer.local/",
    "http://x.localdomain/",
    "http://router.home.arpa/",
    "http://metadata.goog/",
    "http://a.corp/",
    "http://METADATA.GOOGLE.INTERNAL./",
    "http://postgres/",
    "http://example..com/",
    "http://.example.com/",
    "http://-a.example.com/",
    "http://exa$mple.com/",
    "http://example.com。/",
    "http://example。com/",
    "http://ｅxample.com/",
    "http://ex​ample.com/",
    "http://℀.com/",
  ])("refuses the name %s", (url) => {
    expect(checkUrl(url, strict).ok).toBe(false);
  });

  it.each([
    "http://@example.com/",
    "http://a:b@example.com/",
    "http://example.com:/",
    "http://example.com:0/",
    "http://example.com:080/",
    "http://example.com:65536/",
    "http://example.com /",
    "http://example.com/a b",
    "http://example.com/\u0000",
    "http://example.com/\\x",
    "http:\\\\example.com/",
    "https:example.com",
    "//example.com/",
    "example.com",
    "javascript:alert(1)",
    "http://?x",
    "http://#",
    "http://[::1]x/",
    "http://[1.2.3.4]/",
    "\u00a0http://example.com/",
    "http://example.com/\u0085",
    "gopher://example.com/",
    `http://example.com/${"a".repeat(2048)}`,
    "http://exa%6dple.com/",
    "view-source:http://example.com/",
  ])("refuses the text %j", (url) => {
    expect(checkUrl(url, strict).ok).toBe(false);
  });

  it.each([
    "https://example.com",
    "https://example.com/@user",
    "https://example.com/?next=http://127.0.0.1/",
    "https://example.com#@127.0.0.1",
    "http://example.com:80/",
    "https://example.com:8443/a?b=c#d",
    "https://bücher.example/",
    "https://xn--bcher-kva.example/",
    "https://my_service.example.com/",
    "https://example.com./",
    "HTTPS://Example.COM/",
    "https://8.8.8.8:8080/",
    "https://a.b.c.d.e.f.com/%20",
    "https://notlocalhost.com/",
    "https://internal.example.com/",
    "https://172.32.0.1/",
    "https://169.253.255.255/",
    "https://[2a00:1450::1]/",
  ])("allows %s", (url) => {
    expect(checkUrl(url, strict)).toMatchObject({ ok: true });
  });

  it("never lets a URL through whose parsed host is an address that is not public", () => {
    const hostCharacter = fc.constantFrom(..."0123456789abcdefx.:[]%@①１。­/\\ \t".split(""));
    fc.assert(
      fc.property(fc.string({ unit: hostCharacter, maxLength: 24 }), (host) => {
        const verdict = checkUrl(`http://${host}/`, strict);
        if (!verdict.ok) return;
        expect(verdict.url.username + verdict.url.password).toBe("");
        expect(verdict.host).toBe(verdict.url.hostname);
        if (/^[\d.]+$|^\[/.test(verdict.host)) {
          expect(checkAddress(verdict.host.replace(/[[\]]/g, ""), strict, false)).toEqual({
            ok: true,
          });
        }
      }),
      { numRuns: 5000 },
    );
  });

  it("refuses every other spelling of every IPv4 address", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
        const whole = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
        const octal = address
          .split(".")
          .map((part) => `0${Number(part).toString(8)}`)
          .join(".");
        for (const spelling of [
          `0x${whole.toString(16)}`,
          String(whole),
          octal,
          `${a}.${(b << 16) | (c << 8) | d}`,
          `${address}.`,
        ]) {
          expect(checkUrl(`http://${spelling}/`, strict).ok).toBe(false);
        }
      }),
    );
  });
});

describe("ports", () => {
  it("allows 80, 443 and the high ports, but not those of databases and control planes", () => {
    for (const port of [80, 443, 1024, 3000, 7071, 8000, 8080, 8443, 65_535])
      expect(isWebPort(port)).toBe(true);
    for (const port of [
      0, 21, 22, 23, 25, 53, 445, 465, 587, 1433, 2375, 3306, 3389, 5432, 6379, 6443, 9200, 11211,
      27017, 65_536,
    ]) {
      expect(isWebPort(port)).toBe(false);
    }
  });
});

describe("the allow list", () => {
  const local = parseOutboundPolicy([
    "127.0.0.0/8",
    "localhost",
    "::1",
    "models.internal:5432",
    "10.1.0.0/16",
    "0.0.0.0/0",
    "::/0",
  ]);

  it("lets a named range and a named host through", () => {
    expect(checkUrl("http://127.0.0.1:9000/", local).ok).toBe(true);
    expect(checkUrl("http://[::1]:9000/", local).ok).toBe(true);
    expect(checkUrl("http://localhost:9000/", local)).toMatchObject({ ok: true, trusted: true });
    expect(checkAddress("127.0.0.1", parseOutboundPolicy(["localhost"]), true)).toEqual({
      ok: true,
    });
  });

  it("trusts a host with a port on that port only, even a refused one", () => {
    expect(checkUrl("http://models.internal:5432/", local).ok).toBe(true);
    expect(checkUrl("http://models.internal:8080/", local).ok).toBe(false);
    expect(checkUrl("http://localhost:5432/", local).ok).toBe(false);
  });

  it("never opens the metadata addresses, not even wrapped or for a trusted name", () => {
    for (const address of [
      "169.254.169.254",
      "168.63.129.16",
      "100.100.100.200",
      "169.254.130.1",
      "fd00:ec2::254",
      "fe80::1",
      "::ffff:169.254.169.254",
      "64:ff9b::a9fe:a9fe",
      "2002:a9fe:a9fe::1",
      "::169.254.169.254",
      "2001:0:a9fe:a9fe::1",
      "2001:0:808:808::5601:5601",
    ]) {
      expect(checkAddress(address, local, true)).toEqual({
        ok: false,
        reason: "the address is a metadata service",
      });
    }
  });

  it("still refuses what no range names", () => {
    const narrow = parseOutboundPolicy(["10.1.0.0/16"]);
    expect(checkAddress("10.1.2.3", narrow, false).ok).toBe(true);
    expect(checkAddress("10.2.0.1", narrow, false).ok).toBe(false);
    expect(checkAddress("::ffff:10.1.2.3", narrow, false).ok).toBe(false);
    expect(checkUrl("http://user@10.1.2.3/", narrow).ok).toBe(false);
  });

  it("refuses an entry that it cannot read", () => {
    for (const entry of ["", "10.0.0.0/33", "http://x/", "a b", "*.example.com", "x:0"]) {
      expect(() => parseOutboundPolicy([entry])).toThrow(TypeError);
    }
  });
});
