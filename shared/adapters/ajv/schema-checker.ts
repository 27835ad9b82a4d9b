/** Is it a JSON Schema? Asked of Ajv, in the dialect that the document names (2020-12 where it names none). */

const loadAjv = () => import("ajv/dist/2020.js");
let loading: ReturnType<typeof loadAjv> | null = null;

/** Why the document is not a JSON Schema, or null if it is one. */
export async function refuseSchema(
  schema: Readonly<Record<string, unknown>>,
): Promise<string | null> {
  loading ??= loadAjv();
  // The package is CommonJS: `default` is the form that Node and a bundle agree on.
  const { Ajv2020 } = (await loading).default;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  try {
    const { $schema: _, ...rest } = schema;
    if (ajv.validateSchema(rest)) return null;
    const [error] = ajv.errors ?? [];
    return `is not a JSON Schema: ${error?.instancePath || "the document"} ${error?.message ?? ""}`.trim();
  } catch (error) {
    return `is not a JSON Schema: ${error instanceof Error ? error.message : String(error)}`;
  }
}
