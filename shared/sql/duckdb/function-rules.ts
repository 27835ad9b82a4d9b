/** Which functions a statement may call, from the generated catalogue, and how large a value one call may make. */
import type { Refusals } from "../refusals.ts";
import { shown } from "../refusals.ts";
import { constantOf, rangeLength } from "./constants.ts";
import {
  BARE_FUNCTIONS,
  GROWTH,
  MAX_GROWTH,
  MAX_LIST_ELEMENTS,
  MAX_RANGE_ROWS,
  refusedFamily,
  TABLE_FUNCTIONS,
} from "./function-choices.ts";
import { CHANGING_FUNCTIONS, CONSTANT_FUNCTIONS } from "./functions.generated.ts";
import { type Fields, folded } from "./walk-ast.ts";

const names = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));
const constant = names(CONSTANT_FUNCTIONS);
const changing = names(CHANGING_FUNCTIONS);
const tables: ReadonlySet<string> = new Set(TABLE_FUNCTIONS);
const bare: ReadonlySet<string> = new Set(BARE_FUNCTIONS);

export interface FunctionFacts {
  readonly refusals: Refusals;
  changing: boolean;
  /** What the calls that make long values may multiply to. */
  growth: number;
}

/** True for a name without parentheses that may stand for a function that reads the clock. */
export const isBareFunction = (name: string): boolean => bare.has(folded(name));

/** Judges a call in an expression; says nothing when it may stay. */
export function judgeFunction(node: Fields, facts: FunctionFacts): void {
  const name = folded(String(node.function_name));
  if (changing.has(name)) facts.changing = true;
  else if (!constant.has(name)) {
    refuse(name, facts);
    return;
  }
  judgeGrowth(name, node, facts);
}

/** Judges a call that stands where a table does. */
export function judgeTableFunction(node: Fields, facts: FunctionFacts): void {
  const name = folded(String(node.function_name));
  if (!tables.has(name) || isMethod(node)) {
    refuse(name, facts);
    return;
  }
  if (name !== "range" && name !== "generate_series") return;
  const length = rangeLength(node.children as readonly unknown[]);
  if (length !== null && length > MAX_RANGE_ROWS + 1)
    facts.refusals.add(
      "range_too_long",
      `${name} makes more than ${MAX_RANGE_ROWS / 1_000_000} million rows here.`,
    );
}

function refuse(name: string, { refusals }: FunctionFacts): void {
  const family = refusedFamily(name);
  refusals.add(
    "function_not_allowed",
    family === null
      ? `The function ${shown(name)} is not known, or not allowed.`
      : `The function ${shown(name)} is not allowed: it ${family}.`,
  );
}

/** DuckDB neither counts nor interrupts the making of one value. */
function judgeGrowth(name: string, node: Fields, facts: FunctionFacts): void {
  const children = node.children as readonly unknown[];
  if (isMethod(node)) {
    judgeMethod(name, facts);
    return;
  }
  if (name === "printf" || name === "format") {
    judgeFormat(name, children[0], facts);
    return;
  }
  const isRange = (name === "range" || name === "generate_series") && !node.is_operator;
  const rule = Object.hasOwn(GROWTH, name) ? GROWTH[name] : undefined;
  if (!isRange && rule === undefined) return;
  const size = isRange ? rangeLength(children) : constantOf(children[rule?.argument ?? 0] ?? null);
  const most = rule?.most ?? MAX_LIST_ELEMENTS;
  const given = isRange || children.length > (rule?.argument ?? 0);
  if (!given) return;
  if (size === null || size > most) {
    facts.refusals.add(
      "value_too_long",
      isRange
        ? `${name} as a list needs constant bounds and at most ${most} elements; as a table (FROM ${name}(…)) it needs neither.`
        : `${name} needs a constant length of at most ${most}.`,
    );
    return;
  }
  facts.growth *= Math.max(1, size);
  if (facts.growth > MAX_GROWTH)
    facts.refusals.add(
      "value_too_long",
      "The statement's calls of repeat, lpad, range and their like make too long a value together.",
    );
}

/** `s.repeat(10)`: what stands where a schema would is the first argument, and all others are shifted by one. */
const isMethod = ({ schema }: Fields): boolean => schema !== "" && schema !== "main";

function judgeMethod(name: string, { refusals }: FunctionFacts): void {
  const grows = Object.hasOwn(GROWTH, name) || /^(range|generate_series|printf|format)$/.test(name);
  if (grows)
    refusals.add("value_too_long", `${name} is not allowed as x.${name}(…): write ${name}(x, …).`);
}

/** `printf('%1000000000d', 1)` is a gigabyte. */
function judgeFormat(name: string, format: unknown, { refusals }: FunctionFacts): void {
  const { class: kind, value } = (format ?? {}) as Fields;
  const text = (value as Fields | undefined)?.value;
  if (kind === "CONSTANT" && typeof text === "string" && !/\d{4}|\*|\{[^}]*\{/.test(text)) return;
  refusals.add(
    "value_too_long",
    `${name} needs a constant format whose widths have at most three digits.`,
  );
}
