/** Which tables a statement reads, with the files that it may need of each. */
import { AppError } from "../../kernel/app-error.ts";
import { noteMissing } from "../../kernel/missing-name.ts";
import type { JsonValue } from "../../sources/ports.ts";
import type { DuckdbAst } from "../../sql/duckdb/ports.ts";
import { isCte, LAKE_SCHEMA } from "../../sql/duckdb/relation-rules.ts";
import { folded, walkAst } from "../../sql/duckdb/walk-ast.ts";
import type { LakeTables } from "./lake-tables.ts";
import type { MountedTable } from "./mounts.ts";
import { pruneFiles } from "./prune-files.ts";

/** @throws AppError table_not_found, query_failed for a table without files or a construct that is not known. */
export async function mountsFor(
  lakeTables: LakeTables,
  tree: DuckdbAst,
  params: readonly JsonValue[],
  signal: AbortSignal,
): Promise<MountedTable[]> {
  const names = tableNames(tree);
  if (names.length === 0) return [];
  const tables = await lakeTables.all(signal);
  const wanted = names.map((name) => {
    const table = tables.find((one) => one.name === name);
    if (table === undefined)
      throw noteMissing(new AppError("table_not_found", `There is no table ${name}.`), {
        kind: "table",
        name,
      });
    return table;
  });
  return Promise.all(
    wanted.map(async (table) => {
      const mounted = await lakeTables.toMount(table, signal);
      return canPrune(mounted) ? { ...mounted, files: pruned(tree, mounted, params) } : mounted;
    }),
  );
}

/** The columns of other formats are told from several files, and of joined schemas from all: those are read whole. */
const canPrune = ({ table, partitions }: MountedTable): boolean =>
  table.format === "parquet" && partitions.length > 0 && !table.options.union_by_name;

function pruned(tree: DuckdbAst, mounted: MountedTable, params: readonly JsonValue[]) {
  const { table, files, partitions } = mounted;
  const needed = pruneFiles(tree, { table: table.name, files, columns: partitions, params });
  // One file says which columns there are, where no row can match.
  return needed.length > 0 ? needed : files.slice(0, 1);
}

/** Every name that is no CTE, in alphabetical order. */
function tableNames(tree: DuckdbAst): string[] {
  const names = new Set<string>();
  walkAst(tree, {
    enter(kind, node, ctes) {
      if (kind !== "relation" || node.type !== "BASE_TABLE" || isCte(node, ctes)) return true;
      const schema = folded(String(node.schema_name ?? ""));
      if (schema !== "" && schema !== LAKE_SCHEMA)
        throw new AppError("table_not_found", `There is no schema ${schema}.`);
      names.add(folded(String(node.table_name)));
      return true;
    },
    unknown(what) {
      throw new AppError("query_failed", `The statement holds ${what}, which is not run.`);
    },
  });
  return [...names].sort();
}
