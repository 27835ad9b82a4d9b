/** Which functions and operators a read may call, and whether their answer may change while no table does. */
import { READABLE_SETTINGS, STEADY_STABLE } from "./function-choices.ts";
import { refusedFamily } from "./function-families.ts";
import {
  IMMUTABLE_FUNCTIONS,
  OPERATORS,
  STABLE_FUNCTIONS,
  VOLATILE_FUNCTIONS,
} from "./functions.generated.ts";

/** `changing`: the answer depends on the time, the session, the catalogue or chance. */
export type FunctionVerdict =
  | { readonly kind: "steady" }
  | { readonly kind: "changing" }
  | { readonly kind: "refused"; readonly reason: string };

const STEADY: FunctionVerdict = { kind: "steady" };
const CHANGING: FunctionVerdict = { kind: "changing" };

const names = (text: string): string[] => text.trim().split(/\s+/);

const verdicts: ReadonlyMap<string, FunctionVerdict> = new Map<string, FunctionVerdict>([
  ...names(IMMUTABLE_FUNCTIONS).map((name): [string, FunctionVerdict] => [name, STEADY]),
  ...names(STABLE_FUNCTIONS).map((name): [string, FunctionVerdict] => [name, CHANGING]),
  ...STEADY_STABLE.map((name): [string, FunctionVerdict] => [name, STEADY]),
  ...names(VOLATILE_FUNCTIONS).map((name): [string, FunctionVerdict] => [name, CHANGING]),
]);

const operators: ReadonlySet<string> = new Set(OPERATORS);
const settings: ReadonlySet<string> = new Set(READABLE_SETTINGS);

/**
 * Only pg_catalog is known. PostgreSQL searches it first for an unqualified name, but among all schemas of the search
 * path the overload with the closest argument types wins (CVE-2018-1058), so a hostile owner of `public` could still
 * slip a lower(varchar) in. That is bounded elsewhere: the source adapter runs in a read-only transaction, as a role
 * with SELECT only, with a search path it sets itself; the rewriting step may qualify every call.
 */
export function judgeFunction(schema: string | null, name: string): FunctionVerdict {
  if (schema !== null && schema !== "pg_catalog") {
    return { kind: "refused", reason: "is defined by a user, and what it does cannot be known" };
  }
  const verdict = verdicts.get(name);
  if (verdict !== undefined) return verdict;
  const family = refusedFamily(name);
  if (family !== null) return { kind: "refused", reason: family };
  return {
    kind: "refused",
    reason: "is not one of PostgreSQL's built-in functions that only read",
  };
}

/** age(timestamp) counts from today; age(timestamp, timestamp) does not. */
export function dependsOnToday(name: string, argumentCount: number): boolean {
  return name === "age" && argumentCount < 2;
}

export function isReadableSetting(name: string): boolean {
  return settings.has(name.toLowerCase());
}

export function isKnownOperator(name: string): boolean {
  return operators.has(name);
}

/** Text that PostgreSQL's date and time types read as a moment relative to the present. */
const RELATIVE_TIME = /\b(?:now|today|tomorrow|yesterday)\b/i;

/** A date literal is short, unless it is an array, a row or a range of them; other long texts are prose. */
const MAX_DATE_LENGTH = 64;

export function mayMeanThePresent(text: string): boolean {
  const trimmed = text.trim();
  return (
    (trimmed.length <= MAX_DATE_LENGTH || /^[{([]/.test(trimmed)) && RELATIVE_TIME.test(trimmed)
  );
}
