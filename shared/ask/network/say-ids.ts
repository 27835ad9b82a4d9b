/** "department number" is `department_id` where nothing is called a number of departments: read as "department id". */
import type { Token } from "../tokens.ts";
import type { SchemaGraph } from "./graph.ts";
import { wordKey } from "./words.ts";

const NUMBERS: ReadonlySet<string> = new Set(["number", "num", "no", "nr"]);
const NUMBER = wordKey("number");

export function sayIds(tokens: readonly Token[], graph: SchemaGraph): readonly Token[] {
  const ids = new Set<string>();
  const numbered = new Set<string>();
  for (const { words } of graph.columns) {
    const last = words.at(-1) ?? "";
    const named = words.at(-2) ?? "";
    if (last === "id") {
      ids.add(named);
    } else if (NUMBERS.has(last)) {
      numbered.add(named);
    }
  }
  return tokens.map((token, at) => {
    const said = tokens[at - 1]?.lower ?? "";
    const isId = wordKey(token.lower) === NUMBER && ids.has(said) && !numbered.has(said);
    return isId && said !== "" ? { ...token, lower: "id", stem: "id" } : token;
  });
}
