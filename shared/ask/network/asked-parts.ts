/** Words that ask for a part of a program: what is denied, what is counted as well, what there is the most of. */
import { holdsNo, ORDERED } from "./column-contents.ts";
import type { SchemaGraph } from "./graph.ts";
import { type Condition, type Item, isFigure, type Program, type Term } from "./program.ts";
import { conditionsOf, programsIn } from "./program-parts.ts";

/** "no 5" is a number, "not only" denies nothing, and what is shown once or rounded takes no rows away. */
const denied =
  /\b(not(?! only)|no(?! (#|\.|duplicate|repeat))|never|without(?! (duplicate|repe|decimal|round|tax|any order))|except|neither|excluding(?! (tax|vat))|other than)\b|n't\b/;
/** "not below 100" is what is larger. */
const comparesDenied =
  /\b(no|not|n't|never) (\w+ )?(more|less|longer|fewer|later|earlier|lower|higher|older|younger|smaller|larger|greater|below|above|under|over|before|after|exceed\w*)\b|\bor not\b/;
const countsToo =
  /\b(also|and|as well as|(together|along) with)( also)?( show| list| give| return| report| tell)?( me)?( the| their| its)? (count|number of times|how many times)\b/;
const most = /\b(?<!at )(most|least|fewest)\b/;
const sorted = /\b(alphabetic|lexicographic|recent)/;

/**
 * Whether it has no such part. Of 6,638 public statements three are so.
 * @param text In small letters, a number as `#`.
 */
export function lacksPart(program: Program, text: string, graph: SchemaGraph): boolean {
  const all = programsIn(program);
  return (
    (denied.test(text) && !comparesDenied.test(text) && !all.some(mayDeny)) ||
    (countsToo.test(text) &&
      !all.some(({ select }) => select.some((one) => isNumber(one, graph)))) ||
    (most.test(text) && !sorted.test(text) && all.some((one) => prefersWords(one, graph)))
  );
}

/** "not active" may be what equals `inactive`, and "no orders" fewer than one. */
function mayDeny(program: Program): boolean {
  const denies = ({ operator }: Condition): boolean =>
    /^(!=|not|isnull|notnull|=|<)/.test(operator);
  return program.set?.operator === "except" || conditionsOf(program).some(denies);
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
