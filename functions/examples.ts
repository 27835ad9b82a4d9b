/** Verified examples: question → SQL that a person confirmed, and that answers its like at once. */
import * as z from "zod";
import {
  Example,
  ExamplePath,
  ExampleQuery,
  ExampleRequest,
  ExampleSuggestion,
  FeedbackAnswer,
  FeedbackPath,
  FeedbackRequest,
  SuggestionQuery,
} from "../shared/contract/examples.ts";
import { may } from "../shared/http/serve-http.ts";
import { accessTo } from "../shared/policy/access-to.ts";
import { giveFeedback } from "../shared/query/give-feedback.ts";
import { suggestExamples } from "../shared/query/suggest-examples.ts";
import { removeExample, teachExample } from "../shared/query/teach-example.ts";
import { staleReason } from "../shared/query/usable-examples.ts";
import { defineHttp } from "./define.ts";
import { toExample, toFeedback, toSuggestion } from "./views/examples.ts";

const tag = "Query";
const teach = { permission: "query:teach" } as const;

export const addExample = defineHttp({
  name: "add-example",
  method: "POST",
  route: "query/examples",
  tag,
  access: teach,
  idempotency: "replay",
  summary:
    "Save a verified example; it must parse, pass the guard and run. The same again verifies it anew (200)",
  input: { body: ExampleRequest },
  output: Example,
  handle: async (deps, { body }, ctx) => {
    const { example, created } = await teachExample(deps, body, ctx);
    return { status: created ? 201 : 200, body: toExample(example, null) };
  },
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
    const [access, schema] = await Promise.all([
      accessTo(deps, source, ctx),
      deps.sources.schema(source, ctx.signal),
    ]);
    const examples = await access.readable(await deps.examples.forSource(source.record.sourceId));
    return { body: { items: examples.map((one) => toExample(one, staleReason(one, schema))) } };
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

export const exampleSuggestions = defineHttp({
  name: "example-suggestions",
  method: "GET",
  route: "query/examples/suggestions",
  tag,
  access: teach,
  idempotency: "none",
  summary: "What you ask again and again and nobody has verified; an admin sees everybody's",
  input: { query: SuggestionQuery },
  output: z.object({ items: z.array(ExampleSuggestion) }),
  handle: async (deps, { query }, ctx) => {
    const all = may(ctx.principal, "admin");
    const items = await suggestExamples(deps, { ...query, all }, ctx);
    return { body: { items: items.map(toSuggestion) } };
  },
});

export const queryFeedback = defineHttp({
  name: "query-feedback",
  method: "POST",
  route: "query/{query_id}/feedback",
  tag,
  access: { permission: "query:run" },
  idempotency: "replay",
  summary: "Say whether an answer of yours was right; with query:teach it becomes an example",
  input: { path: FeedbackPath, body: FeedbackRequest },
  output: FeedbackAnswer,
  handle: async (deps, { path, body }, ctx) => {
    const { principal } = ctx;
    const rights = { all: may(principal, "admin"), teach: may(principal, "query:teach") };
    return { body: toFeedback(await giveFeedback(deps, path.query_id, body, rights, ctx)) };
  },
});
