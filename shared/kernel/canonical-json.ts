/** One text per JSON value, whatever order its keys came in (RFC 8785, JSON Canonicalization Scheme). */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/**
 * Serialises a JSON value canonically: keys sorted by UTF-16 code unit, no white space, numbers as ECMAScript
 * prints them. Keys whose value is `undefined` are left out.
 * @throws TypeError for a number that JSON cannot hold (NaN, Infinity).
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === "boolean" || typeof value === "string")
    return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError("canonical JSON holds no NaN or Infinity");
    return JSON.stringify(value);
  }
  if (isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const parts: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member !== undefined) parts.push(`${JSON.stringify(key)}:${canonicalJson(member)}`);
  }
  return `{${parts.join(",")}}`;
}

/** Array.isArray does not narrow readonly arrays out of a union. */
function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
