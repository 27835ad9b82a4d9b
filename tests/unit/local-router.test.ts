/** The route templates and the router of the local host. */
// covers: HOST-04, HOST-11
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRouter } from "../../local/host/router.ts";

function router(...routes: readonly [template: string, ...methods: string[]][]) {
  return compileRouter(
    routes.map(([template, ...methods]) => {
      const named = methods.length > 0 ? methods : ["GET"];
      return { name: `${named} ${template}`, template, methods: named, target: template };
    }),
  );
}

function find(match: ReturnType<ReturnType<typeof router>>) {
  return match.kind === "found" ? [match.target, match.params] : match.kind;
}

describe("matching", () => {
  it("prefers literals, then constrained parameters, then plain ones, then catch-alls", () => {
    const route = router(["a/{*rest}"], ["a/{id}"], ["a/{id:int}"], ["a/list"]);
    expect(find(route("GET", "/a/LIST"))).toEqual(["a/list", {}]);
    expect(find(route("GET", "/a/7"))).toEqual(["a/{id:int}", { id: "7" }]);
    expect(find(route("GET", "/a/x"))).toEqual(["a/{id}", { id: "x" }]);
    expect(find(route("GET", "/a/x/y"))).toEqual(["a/{*rest}", { rest: "x/y" }]);
    expect(find(route("GET", "/a"))).toEqual(["a/{*rest}", {}]);
    expect(find(route("GET", "/b"))).toBe("not-found");
  });

  it("goes back from a literal that leads nowhere", () => {
    const route = router(["a/b/c"], ["a/{x}/d"], ["{y}/b/e"]);
    expect(find(route("GET", "/a/b/d"))).toEqual(["a/{x}/d", { x: "b" }]);
    expect(find(route("GET", "/a/b/e"))).toEqual(["{y}/b/e", { y: "a" }]);
  });

  it("tries every route for the method before it refuses, and then names all methods", () => {
    const route = router(["a/list", "POST"], ["a/{id}", "GET", "DELETE"]);
    expect(find(route("GET", "/a/list"))).toEqual(["a/{id}", { id: "list" }]);
    expect(route("PUT", "/a/list")).toEqual({
      kind: "wrong-method",
      allow: ["DELETE", "GET", "POST"],
    });
  });

  it("takes an optional parameter or its absence, but no empty segment in the middle", () => {
    const route = router(["a/{id?}"], ["b/{id}/c"]);
    expect(find(route("GET", "/a"))).toEqual(["a/{id?}", {}]);
    expect(find(route("GET", "/a/"))).toEqual(["a/{id?}", {}]);
    expect(find(route("GET", "/a/1/"))).toEqual(["a/{id?}", { id: "1" }]);
    expect(find(route("GET", "/b//c"))).toBe("not-found");
  });

  it("obeys constraints", () => {
    const route = router(
      ["g/{v:guid}"],
      ["r/{v:int:range(1,9)}"],
      ["l/{v:length(2,3)}"],
      ["x/{v:regex(^[a-c]{{2}}$)}"],
      ["o/{v:bool?}"],
    );
    const ok = (path: string) => route("GET", path).kind === "found";
    expect(ok("/g/0b9d1c34-8f9a-4c2b-9a51-5f3ac1d8a111")).toBe(true);
    expect(ok("/g/nope")).toBe(false);
    expect([ok("/r/9"), ok("/r/10"), ok("/r/x")]).toEqual([true, false, false]);
    expect([ok("/l/a"), ok("/l/ab"), ok("/l/abcd")]).toEqual([false, true, false]);
    expect([ok("/x/ab"), ok("/x/abc"), ok("/x/zz")]).toEqual([true, false, false]);
    expect([ok("/o"), ok("/o/TRUE"), ok("/o/1")]).toEqual([true, true, false]);
  });

  it("gives back any parameter value that a client percent-encodes", () => {
    const route = router(["v/{value}"]);
    const value = fc
      .string({ minLength: 1, unit: "grapheme" })
      .filter((text) => !text.includes("/"));
    fc.assert(
      fc.property(value, (text) => {
        expect(find(route("GET", `/v/${encodeURIComponent(text)}`))).toEqual([
          "v/{value}",
          { value: text },
        ]);
      }),
    );
  });

  it("keeps an encoded slash encoded, as Kestrel does, and refuses a broken escape", () => {
    const route = router(["v/{value}"]);
    expect(find(route("GET", "/v/a%2fb%20c"))).toEqual(["v/{value}", { value: "a%2fb c" }]);
    expect(find(route("GET", "/v/%E0%A4%A"))).toBe("bad-path");
  });
});

describe("refusals at compile time", () => {
  it.each([
    ["a/{*rest}/b", "catch-all must be the last"],
    ["a/{x?}/b", "optional parameter must be the last"],
    ["a/file-{x}", 'segment "file-{x}" is not supported'],
    ["a/{x:shape}", 'constraint "shape" is not supported'],
    ["a/{", "not supported"],
  ])("says what is wrong with %s", (template, message) => {
    expect(() => router([template])).toThrow(message);
  });

  it("names both functions that answer the same method on the same route", () => {
    expect(() => router(["a/{x}", "GET"], ["A/{y}", "GET"])).toThrow(
      'Functions "GET a/{x}" and "GET A/{y}" both answer GET /A/{y}.',
    );
  });
});
