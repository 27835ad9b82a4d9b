/** What an expression without columns comes to, where that can be said without running it: numbers and times. */
import { numberOf } from "./ast-json.ts";
import type { Fields } from "./walk-ast.ts";

const UNITS_MS: Readonly<Record<string, number>> = {
  to_microseconds: 0.001,
  to_milliseconds: 1,
  to_seconds: 1_000,
  to_minutes: 60_000,
  to_hours: 3_600_000,
  to_days: 86_400_000,
  to_weeks: 604_800_000,
  to_months: 28 * 86_400_000,
  to_quarters: 89 * 86_400_000,
  to_years: 365 * 86_400_000,
};

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.trunc(a / b),
  "^": (a, b) => a ** b,
  "**": (a, b) => a ** b,
  pow: (a, b) => a ** b,
  power: (a, b) => a ** b,
};

/** A number; for a time its milliseconds since 1970, for an interval its (shortest) milliseconds. Null: cannot be said. */
export function constantOf(expression: unknown): number | null {
  const node = (expression ?? {}) as Fields;
  switch (node.class) {
    case "CONSTANT":
      return numberIn(node.value as Fields);
    case "CAST":
      return castOf(node);
    case "FUNCTION":
      return callOf(node);
    default:
      return null;
  }
}

function numberIn({ type, value }: Fields): number | null {
  const number = numberOf(value);
  if (!Number.isNaN(number)) return number / 10 ** scaleOf(type as Fields);
  if (typeof value === "object" && value !== null) return wideOf(value as Fields);
  if (typeof value !== "string") return null;
  const parsed = value.trim() === "" ? Number.NaN : Number(value);
  return Number.isNaN(parsed) ? timeOf(value) : parsed;
}

/** A 128-bit integer. */
function wideOf({ upper, lower }: Fields): number | null {
  const number = numberOf(upper) * 2 ** 64 + numberOf(lower);
  return Number.isNaN(number) ? null : number;
}

function scaleOf({ type_info: info }: Fields): number {
  return Number((info as Fields | null)?.scale ?? 0);
}

function timeOf(text: string): number | null {
  if (!/^\s*\d{4,}-\d\d?-\d\d?/.test(text)) return null;
  const time = Date.parse(text.trim());
  return Number.isNaN(time) ? null : time;
}

function castOf({ child, cast_type: type }: Fields): number | null {
  const inner = (child ?? {}) as Fields;
  const isInterval = (type as Fields).id === "INTERVAL";
  // An interval of a text would need DuckDB's own reading of it.
  if (isInterval && inner.class === "CONSTANT") return null;
  return constantOf(inner);
}

function callOf({ function_name: name, children }: Fields): number | null {
  const list = children as readonly unknown[];
  const [first, second] = list.map(constantOf);
  if (first === undefined || first === null) return null;
  const unit = UNITS_MS[String(name)];
  if (unit !== undefined) return first * unit;
  if (name === "trunc") return Math.trunc(first);
  if (name === "-" && list.length === 1) return -first;
  const compute = Object.hasOwn(ARITHMETIC, String(name)) ? ARITHMETIC[String(name)] : undefined;
  if (compute === undefined || second === undefined || second === null) return null;
  return compute(first, second);
}

/** How many elements `range(…)` or `generate_series(…)` makes of these arguments; null where it cannot be said. */
export function rangeLength(children: readonly unknown[]): number | null {
  const values = children.map(constantOf);
  if (values.some((value) => value === null)) return null;
  const numbers = values as number[];
  const start = numbers.length === 1 ? 0 : (numbers[0] ?? 0);
  const stop = numbers.length === 1 ? (numbers[0] ?? 0) : (numbers[1] ?? 0);
  const step = numbers[2] ?? 1;
  // DuckDB refuses a step of nothing itself.
  if (step === 0) return 0;
  return Math.max(0, Math.ceil((stop - start) / step) + 1);
}
