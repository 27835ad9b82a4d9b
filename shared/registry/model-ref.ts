/** `name`, `name@label`, `name@3`: how a model is named wherever one is named. */

export interface ModelRef {
  readonly modelId: string;
  /** A version number, a label, or null for the newest version. */
  readonly at: { readonly version: number } | { readonly label: string } | null;
}

/** All digits after the `@` are a version, so a label may not be all digits. */
export function parseModelRef(text: string): ModelRef {
  const mark = text.indexOf("@");
  if (mark < 0) return { modelId: text, at: null };
  const modelId = text.slice(0, mark);
  const selector = text.slice(mark + 1);
  return {
    modelId,
    at: /^\d+$/.test(selector) ? { version: Number(selector) } : { label: selector },
  };
}
