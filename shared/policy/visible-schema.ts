/** A source's schema as one caller sees it: no hidden table or column, and no values, counts or keys that tell of them. */
import type { ColumnInfo, ForeignKey, SourceSchema, TableInfo } from "../sources/ports.ts";
import type { RelationView, RelationViews } from "../sql/ports.ts";

export function visibleSchema(
  schema: SourceSchema,
  views: Pick<RelationViews, "find">,
  fingerprint: string,
): SourceSchema {
  const tables = schema.tables.flatMap((table) => {
    const view = views.find(table.schema, table.name);
    return view === null ? [] : [visibleTable(table, view, views)];
  });
  return { tables, version: `${schema.version}-${fingerprint.slice(0, 8)}` };
}

function visibleTable(
  table: TableInfo,
  view: RelationView,
  views: Pick<RelationViews, "find">,
): TableInfo {
  const shown = new Map(view.columns.map((column) => [column.name, column]));
  const { estimatedRows, ...rest } = table;
  const plain = (name: string) => shown.get(name)?.value === null;
  return {
    ...rest,
    // The planner's estimate counts every row.
    ...(estimatedRows !== undefined && view.filter === null && { estimatedRows }),
    columns: table.columns
      .filter((column) => shown.has(column.name))
      .map((column) => ({
        ...visibleColumn(column, plain(column.name) && view.filter === null),
        ...(!plain(column.name) && { masked: true as const }),
      })),
    primaryKey: table.primaryKey.every(plain) ? table.primaryKey : [],
    foreignKeys: table.foreignKeys.filter(
      (key) => key.columns.every(plain) && isVisible(key, views),
    ),
  };
}

/** The values listed come from every row, and unmasked; those that a model names tell as much. */
function visibleColumn(column: ColumnInfo, open: boolean): ColumnInfo {
  const { values: _, namedValues: __, ...rest } = column;
  return open ? column : rest;
}

function isVisible({ references }: ForeignKey, views: Pick<RelationViews, "find">): boolean {
  const view = views.find(references.schema, references.table);
  return references.columns.every((name) => view?.columns.some((column) => column.name === name));
}
