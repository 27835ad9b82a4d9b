/** Which of the relations of one name a statement means. */

/** An unqualified name means the one in the default schema, or the only one of that name. */
export function findRelation<T extends { readonly schema: string }>(
  named: readonly T[],
  schema: string | null,
  defaultSchema: string,
): T | null {
  if (schema !== null) return named.find((one) => one.schema === schema) ?? null;
  const inDefault = named.find((one) => one.schema === defaultSchema);
  return inDefault ?? (named.length === 1 ? (named[0] ?? null) : null);
}
