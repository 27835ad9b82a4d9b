/** Verified examples: question → SQL that a person confirmed, and that answers its like at once. */
import { z } from "zod";
import { Example, ExamplePath, ExampleQuery, ExampleRequest } from "../shared/contract/query.ts";
import { accessTo } from "../shared/policy/access-to.ts";
import { removeExample, teachExample } from "../shared/query/teach-example.ts";
import { defineHttp } from "./define.ts";
import { toExample } from "./views/query.ts";

const tag = "Query";
const teach = { permission: "query:teach" } as const;

export const addExample = defineHttp({
  name: "add-example",
  method: "POST",
  route: "query/examples",
  tag,
  access: teach,
  idempotency: "replay",
  summary: "Save a verified example; it must parse, pass the guard and run",
  input: { body: ExampleRequest },
  output: Example,
  handle: async (deps, { body }, ctx) => ({
    status: 201,
    body: toExample(await teachExample(deps, body, ctx)),
  }),
});

export const listExamples = defineHttp({
  name: "list-examples",
  method: "GET",
  route: "query/examples",
  tag,
  access: { permission: "query:run" },
  idempotency: "none",
  summary: "The verified examples of a source",
  input: { query: ExampleQuery },
  output: z.object({ items: z.array(Example) }),
  handle: async (deps, { query }, ctx) => {
    const source = await deps.sources.resolve(query.source, ctx.principal);
    const access = await accessTo(deps, source, ctx);
    const examples = await access.readable(await deps.examples.forSource(source.record.sourceId));
    return { body: { items: examples.map(toExample) } };
  },
});

export const deleteExample = defineHttp({
  name: "remove-example",
  method: "DELETE",
  route: "query/examples/{id}",
  tag,
  access: teach,
  idempotency: "none",
  summary: "Remove a verified example",
  input: { path: ExamplePath },
  output: null,
  handle: async (deps, { path }, ctx) => {
    await removeExample(deps, path.id, ctx);
    return { body: null };
  },
});
