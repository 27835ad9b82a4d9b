/** EXPLAIN plans a statement; only options that cannot make it run one are let through. */
import type { AstNode } from "./ports.ts";
import { type Refusals, shown } from "./refusals.ts";
import { statementName } from "./statement-names.ts";

/** ANALYZE runs the statement; SERIALIZE, TIMING and WAL mean nothing without it. */
const OPTIONS: ReadonlySet<string> = new Set([
  "format",
  "verbose",
  "costs",
  "summary",
  "buffers",
  "memory",
  "settings",
  "generic_plan",
]);

const OPTION_VALUES: ReadonlySet<string> = new Set(["String", "Integer", "Float", "Boolean"]);

interface ExplainFields {
  readonly query?: AstNode;
  readonly options?: readonly {
    readonly DefElem?: { readonly defname?: string; readonly arg?: AstNode };
  }[];
}

/** The SELECT that is explained, or null when it is none; reasons go into `refusals`. */
export function judgeExplain(explain: ExplainFields, refusals: Refusals): AstNode | null {
  for (const { DefElem: option } of explain.options ?? []) {
    const name = option?.defname ?? "";
    const [valueType] = Object.keys(option?.arg ?? {});
    if (name === "analyze") {
      refusals.add(
        "explain_option",
        "EXPLAIN ANALYZE is not allowed: it runs the statement outside all limits.",
      );
    } else if (!OPTIONS.has(name) || (valueType !== undefined && !OPTION_VALUES.has(valueType))) {
      refusals.add("explain_option", `The EXPLAIN option ${shown(name)} is not allowed.`);
    }
  }
  const query = explain.query ?? {};
  const [type] = Object.keys(query);
  if (type === "SelectStmt") return query;
  refusals.add(
    "statement_kind",
    `EXPLAIN of ${statementName(type ?? "")} is not allowed: only reads are.`,
  );
  return null;
}
