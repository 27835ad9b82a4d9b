/** Input is read through the definition's schemas, and every mistake is named by a JSON Pointer. */
// covers: HTTP-01, HTTP-03
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { MAX_BODY_BYTES, readInput } from "../../../shared/http/read-input.ts";
import { AppError } from "../../../shared/kernel/app-error.ts";
import { request } from "../../support/http-call.ts";

const schemas = {
  path: z.strictObject({ id: z.string().regex(/^[a-z]+$/, "lower case") }),
  query: z.strictObject({
    limit: z.coerce.number().int().max(10).default(5),
    tag: z.string().optional(),
  }),
  body: z.strictObject({ name: z.string(), list: z.array(z.int()).default([]) }),
};
const read = (part: Parameters<typeof request>[0]) =>
  readInput(schemas, request({ params: { id: "ok" }, body: '{"name":"n"}', ...part }));
const refused = async (part: Parameters<typeof request>[0]) => {
  const error = await read(part).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AppError);
  return error as AppError;
};

describe("reading input", () => {
  it("gives parsed parts with their defaults, the raw path and headers by name", async () => {
    const { input } = await read({
      url: "http://h/api/m/ok?limit=7",
      headers: { "if-match": '"1"' },
    });
    expect(input).toMatchObject({
      path: { id: "ok" },
      query: { limit: 7 },
      body: { name: "n", list: [] },
      rawPath: "/api/m/ok",
    });
    expect(input.header("if-match")).toBe('"1"');
    expect(input.header("nothing")).toBeNull();
  });

  it("names every mistake of path, query and body at once", async () => {
    const error = await refused({
      params: { id: "NO" },
      url: "http://h/x?limit=99&what=1",
      body: '{"list":[1,"two"],"more":1}',
    });
    expect(error.code).toBe("request_invalid");
    expect(error.fields.map((field) => field.pointer).sort()).toEqual([
      "/list/1",
      "/more",
      "/name",
      "/path/id",
      "/query/limit",
      "/query/what",
    ]);
  });

  it("names at most 20 of a thousand mistakes and counts the rest", async () => {
    const error = await refused({
      body: JSON.stringify({ name: "n", list: Array(1_000).fill("x") }),
    });
    expect(error.fields).toHaveLength(20);
    expect(error.detail).toContain("999 more");
  });

  it("writes odd names as JSON Pointer does, and cuts long ones", async () => {
    const error = await refused({
      body: JSON.stringify({ name: "n", "a/b~c": 1, ["x".repeat(9_000)]: 1 }),
    });
    expect(error.fields[0]?.pointer).toBe("/a~1b~0c");
    expect(error.fields[1]?.pointer.length).toBeLessThan(200);
    const query = await refused({ url: "http://h/x?a%2Fb=1" });
    expect(query.fields[0]?.pointer).toBe("/query/a~1b");
  });

  it.each([
    "limit=1&limit=2",
    "__proto__=1",
    "constructor=1",
    "toString=1",
    "limit=x",
    "limit=1e999",
  ])("refuses the query %s", async (query) => {
    expect((await refused({ url: `http://h/x?${query}` })).code).toBe("request_invalid");
  });

  it("refuses every query parameter where the route has none", async () => {
    await expect(readInput({}, request({ url: "http://h/x?a=1" }))).rejects.toMatchObject({
      code: "request_invalid",
    });
    await expect(readInput({}, request({ url: "http://h/x?" }))).resolves.toBeDefined();
  });

  it.each([
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/merge-patch+json",
    null,
  ])("reads a body of type %s", async (type) => {
    const headers = type === null ? {} : { "content-type": type };
    expect((await read({ headers })).input.body.name).toBe("n");
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/jsonx",
    "text/json",
    "",
  ])("refuses a body of type %s", async (type) => {
    expect((await refused({ headers: { "content-type": type } })).code).toBe(
      "content_type_unsupported",
    );
  });

  it("refuses a body that is said to be too large, and one that is", async () => {
    const declared = { "content-length": `${MAX_BODY_BYTES + 1}` };
    expect((await refused({ headers: declared })).code).toBe("body_too_large");
    const large = JSON.stringify({ name: "x".repeat(MAX_BODY_BYTES) });
    expect((await refused({ body: large })).code).toBe("body_too_large");
  });

  it("takes an empty body as an empty object, and refuses what is no JSON", async () => {
    expect((await refused({ body: "" })).fields).toEqual([
      { pointer: "/name", message: expect.any(String) },
    ]);
    expect((await refused({ body: "{" })).code).toBe("body_not_json");
    expect((await refused({ body: '{"name":"a","name":"b"}' })).code).toBe("body_not_json");
    for (const body of ["null", "[]", "1"])
      expect((await refused({ body })).code).toBe("request_invalid");
  });

  it("remembers how a body reads where bodies repeat, and nobody can change it", async () => {
    const schemas = { body: z.strictObject({ name: z.string(), tags: z.array(z.string()) }) };
    const read = async (body: string, repeats: boolean) =>
      (await readInput(schemas, request({ body }), repeats)).input.body;
    const text = JSON.stringify({ name: "ü", tags: ["a"] });
    const first = await read(text, true);
    expect(first).toEqual({ name: "ü", tags: ["a"] });
    expect(await read(text, true)).toBe(first);
    expect(() => (first as { tags: string[] }).tags.push("b")).toThrow(TypeError);
    expect(await read(text.replace('"a"', '"b"'), true)).toEqual({ name: "ü", tags: ["b"] });
    // Each byte counts: this is no UTF-8, though it differs in one byte alone.
    const other = { ...request({}), bytes: async () => Buffer.from(text, "latin1") };
    await expect(readInput(schemas, other, true)).rejects.toMatchObject({ code: "body_not_json" });
    for (let i = 0; i < 2; i++)
      await expect(read('{"name":1,"tags":[]}', true)).rejects.toMatchObject({
        code: "request_invalid",
      });
    const long = JSON.stringify({ name: "x".repeat(5_000), tags: [] });
    expect(await read(long, true)).not.toBe(await read(long, true));
    expect(await read(text, false)).not.toBe(await read(text, false));
  });
});
