/** A request that is made when it is read is the request that would have been made at once. */
// covers: HOST-03
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { LazyRequest } from "../../../shared/adapters/azure-functions/lazy-request.ts";

type Init = NonNullable<ConstructorParameters<typeof Request>[1]>;

const json = '{"größe":[1,2]}';
const streamed = (): Init => ({
  method: "POST",
  headers: { "content-type": "application/json", "x-one": "1, 2" },
  body: Readable.from([Buffer.from(json)]) as never,
  duplex: "half",
});
const both = (url: string, init: () => Init) =>
  [new LazyRequest(url, init()), new Request(url, init())] as const;

describe("a lazy request", () => {
  it.each([
    ["https://here/api/query?q=a b&q=ö#part", () => ({ method: "GET" })],
    ["http://HERE:80/a/../b", () => ({})],
    ["http://[::1]:7071/api/models/%C3%B6", streamed],
  ] as [string, () => Init][])("has the address and the method of %s", (url, init) => {
    const [lazy, real] = both(url, init);
    expect([lazy.url, lazy.method]).toEqual([real.url, real.method]);
    expect([...lazy.headers]).toEqual([...real.headers]);
    expect(lazy.body === null).toBe(real.body === null);
  });

  it.each(["text", "json", "arrayBuffer", "blob"] as const)(
    "gives its body as %s, once",
    async (how) => {
      const [lazy, real] = both("http://here/", streamed);
      expect(lazy.bodyUsed).toBe(false);
      const [own, other] = [await lazy[how](), await real[how]()];
      const plain = async (body: unknown) => (body instanceof Blob ? body.text() : body);
      expect(await plain(own)).toEqual(await plain(other));
      expect(lazy.bodyUsed).toBe(true);
      await expect(lazy[how]()).rejects.toThrow(TypeError);
    },
  );

  it("gives the fields of a form, and a clone with a body of its own", async () => {
    const form = (): Init => ({ method: "POST", body: new URLSearchParams({ a: "ö", b: "2" }) });
    const [lazy] = both("http://here/", form);
    const clone = lazy.clone();
    expect([...(await lazy.formData())]).toEqual([
      ["a", "ö"],
      ["b", "2"],
    ]);
    expect(await clone.text()).toBe("a=%C3%B6&b=2");
  });

  it("refuses what a request refuses: an address at once, the rest when it is read", () => {
    expect(() => new LazyRequest("nowhere", {})).toThrow(TypeError);
    const lazy = new LazyRequest("http://here/", { method: "GET", body: "x" });
    expect(() => lazy.headers).toThrow(TypeError);
  });

  it("is what the library is bundled with", async () => {
    const meta = JSON.parse(await readFile("dist/meta.json", "utf8")) as {
      outputs: Record<string, { inputs: Record<string, unknown> }>;
    };
    const main = Object.keys(meta.outputs["dist/main.mjs"]?.inputs ?? {});
    expect(main).toContain("shared/adapters/azure-functions/lazy-request.ts");
    expect(main).toContain("node_modules/@azure/functions/src/http/HttpRequest.ts");
  });
});
