/** Moves the `$defs` of each JSON Schema in an OpenAPI document to its components, where references are resolved from. */

type Schema = Readonly<Record<string, unknown>>;

/** Equal definitions become one. Returns the document without `$defs`, and the definitions by their new names. */
export function hoistDefinitions(document: Schema): {
  document: Schema;
  schemas: Readonly<Record<string, unknown>>;
} {
  const schemas: Record<string, unknown> = {};
  const names = new Map<string, string>();

  const scopeOf = (definitions: Schema): ReadonlyMap<string, string> => {
    const scope = new Map<string, string>();
    const fresh: [string, unknown][] = [];
    for (const [key, definition] of Object.entries(definitions)) {
      const own = `#/$defs/${key}`;
      const text = JSON.stringify(definition).replaceAll(JSON.stringify(own), '"#"');
      const name = names.get(text) ?? `Shared${names.size + 1}`;
      if (!names.has(text)) fresh.push([name, definition]);
      names.set(text, name);
      scope.set(own, `#/components/schemas/${name}`);
    }
    for (const [name, definition] of fresh) schemas[name] = rewrite(definition, scope);
    return scope;
  };
  const rewrite = (value: unknown, outer: ReadonlyMap<string, string>): unknown => {
    if (Array.isArray(value)) return value.map((item) => rewrite(item, outer));
    if (typeof value !== "object" || value === null) return value;
    const { $defs, ...rest } = value as Schema;
    const scope = typeof $defs === "object" && $defs !== null ? scopeOf($defs as Schema) : outer;
    return Object.fromEntries(
      Object.entries(rest).map(([key, item]) => [
        key,
        key === "$ref" && typeof item === "string"
          ? (scope.get(item) ?? item)
          : rewrite(item, scope),
      ]),
    );
  };
  return { document: rewrite(document, new Map()) as Schema, schemas };
}
