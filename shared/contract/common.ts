/** Shapes that every part of the contract shares: times, slugs, pages, problems. */
import * as z from "zod";

export const IsoTime = z.iso
  .datetime()
  .refine((text) => !text.startsWith("0000"), "the year must be 0001 or later")
  .meta({ description: "ISO 8601, UTC" });

/** A name a user chose: letters, digits, `.`, `_`, `-`; starts with a letter or digit; at most 128 characters. */
export const Slug = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    "letters, digits, '.', '_' and '-', starting with a letter or digit, at most 128 characters",
  );

/** One line of human text: no control characters. */
export const Line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => !hasControlCharacter(text), "must be one line without control characters")
    .refine((text) => text.isWellFormed(), "must be well-formed Unicode");

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

/** An identifier or a cursor that this API gave out. */
export const Token = z
  .string()
  .regex(/^[\x21-\x7e]{1,512}$/, "an id or cursor as this API gave it");

export const MAX_PAGE = 200;

export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
  cursor: Token.optional(),
});

export const page = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ description: "The request id; the logs hold more under it" }),
    code: z.string(),
    errors: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
  })
  .meta({ description: "RFC 9457 problem details" });
