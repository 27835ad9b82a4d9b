/** DuckDB's part of the policies: each table's view written as a query, parsed, and put in the table's place. */
import type { PolicyDialect, Probe } from "../../policy/ports.ts";
import { type Bind, createBinder } from "../binder.ts";
import { createTextExpressions, viewText } from "../policy-text.ts";
import type {
  AllowedStatement,
  RelationView,
  RelationViews,
  RestrictOutcome,
  TableName,
} from "../ports.ts";
import { isNarrowed, missing, refusedPlan, unwritable } from "../restrict-refusals.ts";
import { createDuckdbGuard } from "./duckdb-guard.ts";
import { splitExplain } from "./explain-prefix.ts";
import { objection } from "./guarded-columns.ts";
import type { DuckdbAst, DuckdbParser } from "./ports.ts";
import { isCte, LAKE_SCHEMA } from "./relation-rules.ts";
import { rewriteDuckdbTables } from "./rewrite-tables.ts";
import { parameterOf, readDuckdbFilter } from "./row-filter.ts";
import { sameStatement } from "./same-statement.ts";
import { type Fields, folded, walkAst } from "./walk-ast.ts";

const literal = (value: string) => `'${value.replaceAll("'", "''")}'`;

const expressions = createTextExpressions({
  bound: (name) => `CAST($${parameterOf(name)} AS VARCHAR)`,
  literal,
  sha256: (text) => `sha256(${text})`,
});

export function createDuckdbDialect(parser: DuckdbParser): PolicyDialect {
  const guard = createDuckdbGuard(parser);
  const check = async (sql: string) => guard.check(sql);
  return {
    defaultSchema: LAKE_SCHEMA,
    expressions,
    sameColumn: (one, other) => folded(one) === folded(other),
    check,
    readFilter: (filter) => readDuckdbFilter({ parser, check }, filter),
    restrict: (sql, allowed, views) => restrict(parser, sql, allowed, views),
    probe: (view) => probe(parser, view),
  };
}

/** Keeps DuckDB from trying a caller's condition, which may raise an error, on a row that the filter hides. */
const FENCE = "OFFSET 0";

async function viewTree(parser: DuckdbParser, view: RelationView, bind: Bind): Promise<DuckdbAst> {
  const parsed = await parser.parse(viewText(view, FENCE));
  const tree = parsed.kind === "parsed" ? parsed.statements[0] : undefined;
  if (tree === undefined) throw new Error("the expression cannot be written back as SQL");
  walkAst(tree, {
    enter(kind, node) {
      if (kind === "expression" && node.class === "PARAMETER")
        node.identifier = String(bind(boundName(String(node.identifier))));
      return true;
    },
    unknown(what) {
      throw new Error(`a policy holds ${what}`);
    },
  });
  return { ...tree, named_param_map: [] };
}

/** `principal_team` → `principal.team`: see parameterOf. */
const boundName = (parameter: string): string => parameter.replace(/^principal_/, "principal.");

async function probe(parser: DuckdbParser, view: RelationView): Promise<Probe> {
  const { bound, bind } = createBinder(0);
  return { sql: await parser.write(await viewTree(parser, view, bind)), bound };
}

async function restrict(
  parser: DuckdbParser,
  sql: string,
  { parameterCount }: AllowedStatement,
  relations: RelationViews,
): Promise<RestrictOutcome> {
  const { explain, query } = splitExplain(sql);
  const parsed = await parser.parse(query);
  const tree = parsed.kind === "parsed" ? parsed.statements[0] : undefined;
  if (tree === undefined) return unwritable();
  const views = new Map<string, RelationView>();
  for (const table of tablesOf(tree)) {
    const view = relations.find(table.schema, table.name);
    if (view === null || view.columns.length === 0) return missing(table);
    views.set(table.name, view);
  }
  const used = [...views.values()];
  const narrowed = used.some(isNarrowed);
  if (explain && narrowed) return refusedPlan();
  const refused = objection(tree, used);
  if (refused !== null) return refused;
  const { bound, bind } = createBinder(parameterCount);
  const subqueries = new Map<string, DuckdbAst>();
  for (const [name, view] of views) subqueries.set(name, await viewTree(parser, view, bind));
  const text = await rewritten(parser, tree, subqueries);
  if (text === null) return unwritable();
  const volatile = used.some((view) => view.volatile);
  return { kind: "restricted", sql: explain ? `EXPLAIN ${text}` : text, bound, volatile, narrowed };
}

function tablesOf(tree: DuckdbAst): TableName[] {
  const tables: TableName[] = [];
  walkAst(tree, {
    enter(kind, node: Fields, ctes) {
      if (kind !== "relation" || node.type !== "BASE_TABLE" || isCte(node, ctes)) return true;
      const schema = folded(String(node.schema_name ?? ""));
      const name = folded(String(node.table_name));
      tables.push({ schema: schema === "" ? null : schema, name });
      return true;
    },
    unknown(what) {
      throw new Error(`a statement that the guard let through holds ${what}`);
    },
  });
  return tables;
}

/** Null where what is written would not be read as that very tree. */
async function rewritten(
  parser: DuckdbParser,
  tree: DuckdbAst,
  subqueries: ReadonlyMap<string, DuckdbAst>,
): Promise<string | null> {
  const made = rewriteDuckdbTables(tree, ({ name }) => {
    const subquery = subqueries.get(name);
    // Left as it is it would show everything.
    if (subquery === undefined) throw new Error("a table of the statement has no view");
    return subquery;
  });
  const text = await parser.write({ ...made, named_param_map: [] }).catch(() => null);
  const again = text === null ? null : await parser.parse(text);
  if (again?.kind !== "parsed" || again.statements.length !== 1) return null;
  return sameStatement(made.node, again.statements[0]?.node) ? text : null;
}
