/** OpenAPI 3.1 from the definitions: the route table is the document. */
import * as z from "zod";
import { Problem } from "../contract/common.ts";
import type { AnyDefinition, HttpDefinition } from "./definition.ts";
import { hoistDefinitions } from "./hoist-definitions.ts";

type Schema = Record<string, unknown>;

export function openApiDocument(
  definitions: readonly AnyDefinition<never>[],
  version: string,
): Schema {
  const paths: Record<string, Schema> = {};
  for (const definition of definitions) {
    if (definition.kind !== "http" || definition.route.includes("*")) continue;
    const path = `/${definition.route.replace(/\{(\w+)\??(:[^}]*)?\}/g, "{$1}")}`;
    paths[path] = { ...paths[path], [definition.method.toLowerCase()]: operation(definition) };
  }
  const hoisted = hoistDefinitions(paths);
  return {
    openapi: "3.1.0",
    info: {
      title: "MCP Platform",
      version,
      description: "Managing, monitoring and optimizing model interactions with data sources.",
    },
    servers: [{ url: "/api" }],
    components: {
      securitySchemes: {
        apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
        bearer: { type: "http", scheme: "bearer" },
      },
      schemas: { Problem: json(Problem, "output"), ...hoisted.schemas },
    },
    security: [{ apiKey: [] }, { bearer: [] }],
    paths: hoisted.document,
  };
}

function operation(definition: HttpDefinition<never>): Schema {
  const { input, access } = definition;
  const needs =
    typeof access === "object"
      ? `Needs the permission \`${access.permission}\`.`
      : access === "public"
        ? "Open to anyone."
        : "Needs any valid credential.";
  return {
    operationId: definition.name,
    summary: definition.summary,
    description: needs,
    tags: [definition.tag],
    ...(access === "public" && { security: [] }),
    parameters: [
      ...parameters(input.path, "path"),
      ...parameters(input.query, "query"),
      ...headerParameters(definition),
    ],
    ...(input.body && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: json(input.body, "input") } },
      },
    }),
    responses: {
      ...(definition.output
        ? {
            "2XX": {
              description: "Done",
              content: { "application/json": { schema: json(definition.output, "output") } },
            },
          }
        : { "2XX": { description: "Done" } }),
      default: {
        description: "What went wrong (RFC 9457)",
        content: {
          "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } },
        },
      },
    },
  };
}

function headerParameters(definition: HttpDefinition<never>): Schema[] {
  if (definition.idempotency === "none") return [];
  return [
    {
      name: "Idempotency-Key",
      in: "header",
      required: false,
      schema: { type: "string", maxLength: 255 },
      description: "The same key and body have one effect",
    },
  ];
}

function parameters(schema: z.ZodType | undefined, where: "path" | "query"): Schema[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = json(schema, "input") as {
    properties?: Record<string, Schema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === "path" || required.includes(name),
    schema: property,
  }));
}

function json(schema: z.ZodType, io: "input" | "output"): Schema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    target: "draft-2020-12",
  }) as Schema;
  return rest;
}
