/** What a program is made of: those inside it, its conditions and its terms. */
import type { Condition, Program, Term } from "./program.ts";

/** A program and those inside it, the outermost first. */
export function programsIn(program: Program): readonly Program[] {
  const inner = conditionsOf(program).flatMap(({ operand }) =>
    operand.kind === "query" ? [operand.query] : [],
  );
  const all = program.set === undefined ? inner : [...inner, program.set.query];
  return [program, ...all.flatMap(programsIn)];
}

/** Its own, without those of programs inside it. */
export function conditionsOf({ select, where, having }: Program): readonly Condition[] {
  return [
    ...[...where, ...having].map((one) => one.condition),
    ...select.flatMap((item) => ("condition" in item ? [item.condition] : [])),
  ];
}

/** Its own: what is shown, ordered by and compared. */
export function termsOf(program: Program): readonly Term[] {
  const shown = program.select.flatMap((item): readonly Term[] => {
    if (item.kind === "ratio") {
      return [item.over, item.under];
    }
    return "term" in item ? [item.term] : [];
  });
  return [...shown, ...program.order, ...conditionsOf(program).map((one) => one.term)];
}
