/**
 * Lists that are kept in more than one place, held equal: settings, error codes, routes.
 */
// covers: HTTP-06, HTTP-10, KEY-04, KEY-11, OPS-02, OPS-03, HOST-12
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { serverErrorCodes } from "../../client/src/error-codes.ts";
import { ERRORS_PATH, errorsPage } from "../../scripts/generate.ts";
import { ConfigSchema, loadConfig } from "../../shared/config.ts";
import { permissionNames, roles } from "../../shared/contract/permissions.ts";
import { openApiDocument } from "../../shared/http/openapi.ts";
import { errorCatalogue } from "../../shared/kernel/error-catalogue.ts";
import { allDefinitions, httpDefinitions } from "../support/definitions.ts";
import { ROOT } from "../support/source-tree.ts";

const readText = (path: string) => readFileSync(join(ROOT, path), "utf8");

describe("settings", () => {
  /** Where the host signs in to its storage with a managed identity, which a laptop does not have. */
  const azureOnly = [
    "AzureWebJobsStorage__queueServiceUri",
    "AzureWebJobsStorage__blobServiceUri",
    "AzureWebJobsStorage__clientId",
  ];
  /** Read by the host, not by the application. */
  const hostOnly = ["FUNCTIONS_WORKER_RUNTIME"];
  const example = JSON.parse(readText("local.settings.example.json")) as {
    IsEncrypted: boolean;
    Values: Record<string, string>;
  };

  it("of the schema are the settings of local.settings.example.json", () => {
    const known = Object.keys(ConfigSchema.shape).filter((key) => !azureOnly.includes(key));
    const given = Object.keys(example.Values).filter((key) => !hostOnly.includes(key));
    expect(given.sort()).toEqual(known.sort());
  });

  it("of the example work once copied, and are the defaults but for what a laptop needs", () => {
    expect(example.IsEncrypted).toBe(false);
    expect(example.Values.FUNCTIONS_WORKER_RUNTIME).toBe("node");
    expect(loadConfig(example.Values)).toEqual({
      ...loadConfig({}),
      AzureWebJobsStorage: "UseDevelopmentStorage=true",
      DEMO_SOURCE: true,
      OUTBOUND_ALLOW: ["127.0.0.0/8", "::1/128", "localhost"],
    });
  });

  it("each say what they are for", () => {
    const silent = Object.entries(ConfigSchema.shape).filter(
      ([, schema]) => !schema.meta()?.description,
    );
    expect(silent.map(([key]) => key)).toEqual([]);
  });

  it("that are wrong are all named, and no value is shown", () => {
    const secret = "hunter2-do-not-show";
    const environment = { DATABASE_URL: secret, SMTP_URL: secret, CACHE_TTL_SECONDS: secret };
    const load = () => loadConfig(environment);
    for (const key of Object.keys(environment)) expect(load).toThrow(key);
    expect(load).not.toThrow(secret);
  });
});

describe("error codes", () => {
  const codes = Object.keys(errorCatalogue).sort();

  it("of the catalogue are those of docs/errors.md, which is current", () => {
    expect(readText(ERRORS_PATH), "run npm run generate").toBe(errorsPage());
    for (const code of codes) expect(errorsPage()).toContain(`\n## ${code}\n`);
  });

  it("of the catalogue are those of the client", () => {
    expect([...serverErrorCodes].sort()).toEqual(codes);
  });

  it("have a status of an error, and only passing troubles are retryable", () => {
    for (const [code, { status, retryable }] of Object.entries(errorCatalogue)) {
      expect(status, code).toBeGreaterThanOrEqual(400);
      if (retryable) expect([409, 429, 502, 503, 504], code).toContain(status);
    }
  });
});

describe("routes", () => {
  const known = ["public", "authenticated"];

  it("each state who may call, and name only permissions that there are", () => {
    for (const { name, access } of httpDefinitions) {
      if (typeof access === "object") expect(permissionNames, name).toContain(access.permission);
      else expect(known, name).toContain(access);
    }
  });

  it("are open to anyone only where they hold no data", () => {
    const open = httpDefinitions.filter(({ access }) => access === "public");
    expect(open.map(({ route }) => route).filter((route) => route !== "{*path}")).toEqual(
      [
        "dashboard",
        "dashboard/dashboard.css",
        "dashboard/dashboard.js",
        "health/live",
        "health/ready",
        "openapi.json",
        "docs",
      ].toSorted((a, b) => routeIndex(a) - routeIndex(b)),
    );
  });

  it("have one definition for each method and route, and names that are unique", () => {
    const places = httpDefinitions.map(({ method, route }) => `${method} ${shape(route)}`);
    const names = allDefinitions.map(({ name }) => name);
    expect(new Set(places).size).toBe(places.length);
    expect(new Set(names).size).toBe(names.length);
  });

  it("use every permission, and every role grants only known ones", () => {
    const used = new Set(
      httpDefinitions.flatMap(({ access }) =>
        typeof access === "object" ? [access.permission] : [],
      ),
    );
    expect(permissionNames.filter((name) => name !== "admin" && !used.has(name))).toEqual([]);
    for (const granted of Object.values(roles))
      for (const permission of granted) expect(permissionNames).toContain(permission);
  });

  it("that create accept an Idempotency-Key", () => {
    const creating = httpDefinitions.filter(
      ({ method, route }) => method === "POST" && CREATES.has(route),
    );
    expect(creating).toHaveLength(CREATES.size);
    expect(creating.filter(({ idempotency }) => idempotency === "none")).toEqual([]);
  });
});

/** POST routes that make something. */
const CREATES = new Set([
  "models/register",
  "models/{id}/rollback",
  "query",
  "query/jobs",
  "query/examples",
  "query/{query_id}/feedback",
  "sources",
  "alerts/test",
  "keys",
  "keys/{id}/rotate",
]);

const routeIndex = (route: string) => httpDefinitions.findIndex((one) => one.route === route);
/** Two parameters in the same place are the same place. */
const shape = (route: string) => route.toLowerCase().replace(/\{[^}]*\}/g, "{}");

describe("the OpenAPI document", () => {
  const document = openApiDocument(allDefinitions, "1.2.3") as unknown as OpenApi;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, operation })),
  );

  it("holds every route but the fallback, as JSON", () => {
    const routes = httpDefinitions.filter(({ route }) => route !== "{*path}");
    expect(operations).toHaveLength(routes.length);
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
    expect(document.openapi).toBe("3.1.0");
  });

  it("resolves each $ref", () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((one) => one[1]);
    expect(refs.length).toBeGreaterThan(0);
    for (const ref of refs) expect(pointed(document, ref ?? ""), ref).toBeDefined();
  });

  it("has unique operation ids", () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("declares each parameter of a path, and no other", () => {
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((one) => one[1]).sort();
      const declared = operation.parameters.filter((one) => one.in === "path");
      expect(declared.map(({ name }) => name).sort(), path).toEqual(inPath);
      expect(
        declared.every(({ required }) => required),
        path,
      ).toBe(true);
      const keys = operation.parameters.map((one) => `${one.in} ${one.name}`);
      expect(new Set(keys).size, path).toBe(keys.length);
    }
  });
});

interface OpenApi {
  openapi: string;
  paths: Record<
    string,
    Record<
      string,
      {
        operationId: string;
        parameters: { name: string; in: string; required: boolean }[];
      }
    >
  >;
}

/** What a local JSON Pointer reference points at. */
function pointed(document: unknown, ref: string): unknown {
  if (!ref.startsWith("#/")) return undefined;
  let value = document;
  for (const part of ref.slice(2).split("/")) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    value = (value as Record<string, unknown> | undefined)?.[name];
  }
  return value;
}
