/** Programs that no rows can answer, whatever is stored: nobody asks for them. */
import type { ValueCandidate } from "./candidates.ts";
import { type Condition, type Joined, type Program, programsIn } from "./program.ts";

/** Whether a column would have to equal two values at once, or rows are taken from themselves. */
export function isImpossible(program: Program, candidates: readonly ValueCandidate[]): boolean {
  return programsIn(program).some(
    (one) => contradicts(one.where, candidates) || removesItself(one),
  );
}

function contradicts(where: readonly Joined[], candidates: readonly ValueCandidate[]): boolean {
  const equal = new Map<string, string>();
  return where.some(({ joiner, condition }) => {
    if (joiner === "or") {
      equal.clear();
    }
    const key = JSON.stringify(condition.term);
    const value = candidates[onlyValue(condition) ?? -1]?.text;
    const before = equal.get(key);
    if (value !== undefined) {
      equal.set(key, value);
    }
    return value !== undefined && before !== undefined && before !== value;
  });
}

function onlyValue({ operator, operand }: Condition): number | undefined {
  return operator === "=" && operand.kind === "values" ? operand.values[0] : undefined;
}

function removesItself({ set, ...rest }: Program): boolean {
  return set?.operator === "except" && JSON.stringify(set.query) === JSON.stringify(rest);
}
