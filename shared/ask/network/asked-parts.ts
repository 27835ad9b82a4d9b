/** Words that ask for a part of a program: what is counted as well, what there is the most of. */
import { holdsNo, ORDERED } from "./column-contents.ts";
import type { SchemaGraph } from "./graph.ts";
import { type Item, isFigure, type Program, type Term } from "./program.ts";
import { programsIn } from "./program-parts.ts";

const countsToo =
  /\b(also|and|as well as|(together|along) with)( also)?( show| list| give| return| report| tell)?( me)?( the| their| its)? (count|number of times|how many times)\b/;
const most = /\b(?<!at )(most|least|fewest)\b/;
const sorted = /\b(alphabetic|lexicographic|recent)/;

/**
 * Whether it has no such part. Of 6,638 public statements none is so.
 * @param text In small letters, a number as `#`.
 */
export function lacksPart(program: Program, text: string, graph: SchemaGraph): boolean {
  const all = programsIn(program);
  return (
    (countsToo.test(text) &&
      !all.some(({ select }) => select.some((one) => isNumber(one, graph)))) ||
    (most.test(text) && !sorted.test(text) && all.some((one) => prefersWords(one, graph)))
  );
}

function isNumber(item: Item, graph: SchemaGraph): boolean {
  const column = item.kind === "term" && item.term.column !== "*" ? item.term.column : undefined;
  return isFigure(item) || (column !== undefined && graph.columns[column]?.kind === "number");
}

/** The first rows by a column of words are not those with the most of anything. */
function prefersWords({ limit, order }: Program, graph: SchemaGraph): boolean {
  const isWords = ({ aggregate, grain, column }: Term): boolean =>
    aggregate === undefined &&
    grain === undefined &&
    column !== "*" &&
    holdsNo(ORDERED, graph.columns[column]);
  return limit !== undefined && order.some(isWords);
}
