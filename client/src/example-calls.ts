/** The examples that teach, what is said of answers, and what is worth verifying. */
import type {
  Example,
  ExampleInput,
  ExampleSuggestion,
  FeedbackAnswer,
  FeedbackInput,
} from "./contract-types.ts";
import { listing } from "./listing.ts";
import { type CallOptions, route, type Transport } from "./transport.ts";

export const exampleCalls = (transport: Transport) => ({
  /**
   * Teaches a verified question; `{name:type}` in it stands for a value. @throws McpError example_conflict where other
   * SQL is verified for it and `replace` is not set.
   */
  addExample: (example: ExampleInput, options?: CallOptions) =>
    transport.send<Example>(
      { method: "POST", path: "/query/examples", body: example, repeat: "keyed" },
      options,
    ),

  listExamples: (query: { source?: string } = {}, options?: CallOptions) =>
    listing<Example>(transport, "/query/examples", query, options),

  /** @throws McpError example_not_found. */
  removeExample: (id: string, options?: CallOptions) =>
    transport.send<void>({ method: "DELETE", path: route`/query/examples/${id}` }, options),

  /** What is asked again and again and nobody has verified: your own queries; an admin's are everybody's. */
  exampleSuggestions: (query: { source?: string; limit?: number } = {}, options?: CallOptions) =>
    listing<ExampleSuggestion>(transport, "/query/examples/suggestions", query, options),

  /** Says whether the answer of a query was right. @throws McpError query_not_found, feedback_conflict. */
  giveFeedback: (queryId: string, feedback: FeedbackInput, options?: CallOptions) =>
    transport.send<FeedbackAnswer>(
      { method: "POST", path: route`/query/${queryId}/feedback`, body: feedback, repeat: "safe" },
      options,
    ),
});
