/** The API's own description, and the answer to every route that does not exist. */
import * as z from "zod";
import type { AnyDefinition, HttpDefinition, HttpMethod } from "../shared/http/definition.ts";
import { docsPage } from "../shared/http/docs-page.ts";
import { openApiDocument } from "../shared/http/openapi.ts";
import { AppError } from "../shared/kernel/app-error.ts";
import { type AppDeps, defineStandalone } from "./define.ts";
import { VERSION } from "./version.ts";

const tag = "Site";
/** A wrong address is a 404, whatever follows its question mark. */
const AnyQuery = z.record(z.string(), z.string());
const METHODS: readonly HttpMethod[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const DOCS_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export function describe(
  definitions: readonly AnyDefinition<AppDeps>[],
): readonly AnyDefinition<AppDeps>[] {
  const known = definitions as readonly AnyDefinition<never>[];
  const openapi = defineStandalone({
    name: "openapi",
    method: "GET",
    route: "openapi.json",
    tag,
    summary: "This API as an OpenAPI 3.1 document",
    input: {},
    output: null,
    handle: async () => ({ body: openApiDocument(known, VERSION) }),
  });
  const docs = defineStandalone({
    name: "docs",
    method: "GET",
    route: "docs",
    tag,
    summary: "This API as a page",
    input: {},
    output: null,
    handle: async () => ({
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": DOCS_POLICY,
      },
      body: docsPage(known, VERSION),
    }),
  });
  return [
    openapi,
    docs,
    ...METHODS.map((method) => fallback(method, [...definitions, openapi, docs])),
  ];
}

/** The host prefers any other route; what comes here has no function of this method. */
function fallback(
  method: HttpMethod,
  definitions: readonly AnyDefinition<AppDeps>[],
): HttpDefinition<AppDeps> {
  const routes = definitions.filter((definition) => definition.kind === "http");
  const matchers = routes.map(({ route, method: allowed }) => ({
    allowed,
    pattern: new RegExp(`^${route.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "[^/]+")}/?$`, "i"),
  }));
  return defineStandalone({
    name: `fallback-${method.toLowerCase()}`,
    method,
    route: "{*path}",
    tag,
    summary: "404, or 405 with the methods that there are",
    input: { query: AnyQuery },
    output: null,
    handle: async (input) => {
      const path = input.rawPath.replace(/^\/api\//i, "");
      const allow = [
        ...new Set(
          matchers.filter(({ pattern }) => pattern.test(path)).map(({ allowed }) => allowed),
        ),
      ];
      // A target that the host and the URL of the request read differently is no route.
      if (allow.length === 0 || allow.includes(method))
        throw new AppError("route_not_found", "There is no such route; GET /api/docs lists them.");
      throw new AppError("method_not_allowed", `This route takes ${allow.join(", ")}.`, {
        headers: { allow: allow.join(", ") },
      });
    },
  });
}
