/** "department number" is `department_id` where nothing is called a number of departments: read as "department id". */
import type { Token } from "../tokens.ts";
import type { SchemaGraph } from "./graph.ts";
import { wordKey } from "./words.ts";

const NUMBERS: ReadonlySet<string> = new Set(["number", "num", "no", "nr"]);
const NUMBER = wordKey("number");
/** Then rows are counted: "employee number per department", "by customer number", "the highest order number". */
const countsAfter = /^(per|by|for|in)$/;
const countsBefore =
  /^(by|total|average|highest|lowest|largest|smallest|most|least|fewest|maximum|minimum|its|their)$/;

export function sayIds(tokens: readonly Token[], graph: SchemaGraph): readonly Token[] {
  const ids = new Set<string>();
  const numbered = new Set<string>();
  for (const { words, synonyms, table } of graph.columns) {
    for (const name of [words, ...synonyms]) {
      const owner = name.length > 1 ? name : [...(graph.tables[table]?.words ?? []), ...name];
      const last = owner.at(-1) ?? "";
      if (NUMBERS.has(last)) {
        numbered.add(wordKey(owner.at(-2) ?? ""));
      } else if (last === "id" && name.length > 1) {
        ids.add(owner.at(-2) ?? "");
      }
    }
  }
  return tokens.map((token, at) => {
    const said = tokens[at - 1]?.lower ?? "";
    const isKey = ids.has(said) && !numbered.has(wordKey(said));
    const isNumber = token.kind === "word" && wordKey(token.lower) === NUMBER;
    const [before, after, then] = [at - 2, at + 1, at + 2].map(
      (place) => tokens[place]?.lower ?? "",
    );
    const isCount =
      countsBefore.test(before ?? "") ||
      countsAfter.test(after ?? "") ||
      (after === "of" && /^(each|every)$/.test(then ?? ""));
    return isNumber && isKey && !isCount ? { ...token, lower: "id", stem: "id" } : token;
  });
}
