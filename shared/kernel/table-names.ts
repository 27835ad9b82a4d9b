/** Which table a name means: sources fold case, each in its own way, and a name without a schema means the usual one. */

export const sameName = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase();

/** A name without a schema means a table of that name in any. */
export const meansTable = (
  named: { readonly schema: string | null; readonly name: string },
  table: { readonly schema: string; readonly name: string },
): boolean =>
  sameName(named.name, table.name) &&
  (named.schema === null || sameName(named.schema, table.schema));

/** Schemas whose name is not written: PostgreSQL's and Snowflake's, and DuckDB's. */
export const isDefaultSchema = (schema: string): boolean => /^(public|main)$/i.test(schema);

/** As people write it. */
export const shownTable = ({
  schema,
  name,
}: {
  readonly schema: string | null;
  readonly name: string;
}): string => (schema === null || isDefaultSchema(schema) ? name : `${schema}.${name}`);
