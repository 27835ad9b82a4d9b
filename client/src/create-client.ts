/** The SDK's client: every call of the platform as a function. */
import { exampleCalls } from "./example-calls.ts";
import { jobCalls } from "./job-calls.ts";
import { keyCalls } from "./key-calls.ts";
import { modelCalls } from "./model-calls.ts";
import { operationCalls } from "./operation-calls.ts";
import { queryCalls } from "./query-calls.ts";
import { semanticCalls } from "./semantic-calls.ts";
import { sourceCalls } from "./source-calls.ts";
import { type ClientOptions, createTransport, waitFor } from "./transport.ts";

/**
 * Calls are retried at most twice, when the server says when to come back (429 or 503 with Retry-After) and repeating
 * does no harm. @throws TypeError when `serverUrl` is not an http(s) address.
 */
export function createClient(options: ClientOptions) {
  const transport = createTransport(options);
  return {
    ...modelCalls(transport),
    ...queryCalls(transport),
    ...exampleCalls(transport),
    ...jobCalls(transport, options.wait ?? waitFor),
    ...sourceCalls(transport),
    ...semanticCalls(transport),
    ...keyCalls(transport),
    ...operationCalls(transport),
  };
}

export type McpClient = ReturnType<typeof createClient>;
