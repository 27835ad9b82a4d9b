/** Programs that take a key for a size: larger than something, or summed. A key is a name of the row that it refers to. */
import type { SchemaGraph } from "./graph.ts";
import type { Program, Term } from "./program.ts";
import { conditionsOf, programsIn, termsOf } from "./program-parts.ts";

/**
 * Of 6,638 public statements none does. Who says "customer id above 100" means it.
 * @param text Of the question, in small letters.
 */
export function takesKeysForSizes(program: Program, text: string, graph: SchemaGraph): boolean {
  return programsIn(program).some(
    (one) =>
      termsOf(one).some(
        ({ aggregate, column }) =>
          (aggregate === "sum" || aggregate === "avg") && isKey(column, graph),
      ) ||
      conditionsOf(one).some(
        ({ term, operator }) =>
          /^([<>]=?|between)$/.test(operator) &&
          term.aggregate === undefined &&
          isKey(term.column, graph) &&
          !comparesKey.test(text),
      ),
  );
}

const comparesKey =
  /\b(ids?|keys?|codes?|numbers?|no|nr) (that |which )?(is |are |was |were )?(not )?(exceed\w*|equal to or|at (least|most)|of (more|at)|# or|above|below|over|under|between|within|in|from|greater|larger|higher|more|less|smaller|lower|at|after|before|[<>])/;

/** What has an order, though another table lists it: the keys of a calendar, levels. */
const ORDERED =
  /date|day|week|month|quarter|year|time|period|season|semester|fiscal|hour|level|grade|round|floor|band|rank|stage|aisle|version|size|step/;

function isKey(at: Term["column"], graph: SchemaGraph): boolean {
  const column = at === "*" ? undefined : graph.columns[at];
  const words = column?.words ?? [];
  const isId = words.length > 1 && words.at(-1) === "id" && column?.primaryKey === false;
  return (isId && !words.some((one) => ORDERED.test(one))) || isReference(at, graph);
}

/** By itself: one of several columns of a key may be anything. */
function isReference(column: Term["column"], { columns, tables, keys }: SchemaGraph): boolean {
  return keys.some(({ links, parent }) => {
    const [link, ...more] = links;
    if (link?.[0] !== column || more.length > 0) {
      return false;
    }
    const words = [...(columns[link[0]]?.words ?? []), ...(tables[parent]?.words ?? [])];
    return !words.some((word) => ORDERED.test(word));
  });
}
