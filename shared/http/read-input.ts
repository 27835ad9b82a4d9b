/** Parses path, query, headers and body through the definition's schemas, and reports every issue at once. */
import type { z } from "zod";
import { AppError, type FieldError } from "../kernel/app-error.ts";
import type { HttpInput, InputSchemas } from "./definition.ts";
import type { IncomingRequest } from "./reply.ts";
import { JsonRejected, parseStrictJson } from "./strict-json.ts";

export const MAX_BODY_BYTES = 1_048_576;
const MAX_ISSUES = 20;

export interface ReadInput<S extends InputSchemas> {
  readonly input: HttpInput<S>;
  readonly bodyBytes: Uint8Array | null;
}

/**
 * @param repeats A body that reads well is remembered with what it says, which nobody may change then.
 * @throws AppError body_not_json, body_too_large, content_type_unsupported or request_invalid.
 */
export async function readInput<S extends InputSchemas>(
  schemas: S,
  request: IncomingRequest,
  repeats = false,
): Promise<ReadInput<S>> {
  const issues: FieldError[] = [];
  const path = schemas.path && check(schemas.path, request.params, "/path", issues);
  const query = readQuery(schemas, request.url, issues);
  const bodyBytes = schemas.body ? await readBody(request) : null;
  const read = repeats ? remembered : checkBody;
  const body = schemas.body && bodyBytes ? read(schemas.body, bodyBytes, issues) : undefined;
  if (issues.length > 0) throw invalid(issues);
  return {
    input: {
      path,
      query,
      body,
      get rawPath() {
        return new URL(request.url, "http://localhost").pathname;
      },
      header: (name) => request.header(name),
    } as HttpInput<S>,
    bodyBytes,
  };
}

/** Unknown parameters are refused as unknown fields are: a misspelt filter must not be silently no filter. */
function readQuery(schemas: InputSchemas, url: string, issues: FieldError[]): unknown {
  const mark = url.indexOf("?");
  const raw: Record<string, string> = {};
  if (mark >= 0) {
    for (const [name, value] of new URLSearchParams(url.slice(mark + 1))) {
      const pointer = `/query${pointerPart(name)}`;
      if (Object.hasOwn(raw, name)) issues.push({ pointer, message: "is given twice" });
      // An assignment to `__proto__` makes no member, so that no schema would see it.
      else if (schemas.query === undefined || name === "__proto__")
        issues.push({ pointer, message: "is not a parameter of this route" });
      raw[name] = value;
    }
  }
  return schemas.query && check(schemas.query, raw, "/query", issues);
}

async function readBody(request: IncomingRequest): Promise<Uint8Array> {
  const type = request.header("content-type");
  if (type !== null && !/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type)) {
    throw new AppError("content_type_unsupported", "This route reads application/json.");
  }
  const declared = Number(request.header("content-length") ?? 0);
  if (declared > MAX_BODY_BYTES)
    throw new AppError("body_too_large", `The body may hold at most ${MAX_BODY_BYTES} bytes.`);
  return request.bytes(MAX_BODY_BYTES);
}

function parseBody(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return {};
  try {
    return parseStrictJson(bytes);
  } catch (error) {
    if (error instanceof JsonRejected) throw new AppError("body_not_json", error.message);
    throw error;
  }
}

const checkBody = (schema: z.ZodType, bytes: Uint8Array, issues: FieldError[]): unknown =>
  check(schema, parseBody(bytes), "", issues);

const MOST_REMEMBERED = 500;
const LONGEST_REMEMBERED = 4_096;
const known = new WeakMap<z.ZodType, Map<string, { readonly body: unknown }>>();

function remembered(schema: z.ZodType, bytes: Uint8Array, issues: FieldError[]): unknown {
  if (bytes.byteLength > LONGEST_REMEMBERED) return checkBody(schema, bytes, issues);
  const bodies = known.get(schema) ?? new Map<string, { readonly body: unknown }>();
  known.set(schema, bodies);
  // One character for each byte: other bytes are another text.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const before = bodies.get(text);
  if (before !== undefined) return before.body;
  const body = checkBody(schema, bytes, issues);
  if (body === undefined) return undefined;
  const [oldest] = bodies.size < MOST_REMEMBERED ? [] : bodies.keys();
  if (oldest !== undefined) bodies.delete(oldest);
  bodies.set(text, { body: freeze(body) });
  return body;
}

function freeze(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}

function check(schema: z.ZodType, value: unknown, prefix: string, issues: FieldError[]): unknown {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) issues.push(...fieldErrors(issue, prefix));
  return undefined;
}

function fieldErrors(issue: z.core.$ZodIssue, prefix: string): FieldError[] {
  const pointer = issue.path.reduce<string>(
    (text, part) => text + pointerPart(String(part)),
    prefix,
  );
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      pointer: pointer + pointerPart(key),
      message: "is not a known field",
    }));
  return [{ pointer, message: issue.message }];
}

/** One step of a JSON Pointer (RFC 6901); the names that a caller makes up are cut. */
function pointerPart(name: string): string {
  return `/${name.slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function invalid(issues: readonly FieldError[]): AppError {
  const shown = issues.slice(0, MAX_ISSUES);
  const first = shown[0];
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return new AppError(
    "request_invalid",
    `${first?.pointer || "The request"}: ${first?.message}${more}`,
    { fields: shown },
  );
}
