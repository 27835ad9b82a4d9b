/** The public face of the TypeScript SDK. */
export type * from "./contract-types.ts";
export { createClient, type McpClient } from "./create-client.ts";
export { type ClientErrorCode, type ServerErrorCode, serverErrorCodes } from "./error-codes.ts";
export type { WaitOptions } from "./job-calls.ts";
export type { Listing, Page } from "./listing.ts";
export { McpError } from "./mcp-error.ts";
export type { QueryCallOptions } from "./query-calls.ts";
export type { CallOptions, ClientOptions } from "./transport.ts";
