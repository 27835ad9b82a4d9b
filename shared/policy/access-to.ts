/** What the caller may see of an open source, as its schema is known now. */
import type { CallContext } from "../kernel/context.ts";
import type { OpenSource, SourceGateway } from "../sources/ports.ts";
import type { PolicyEngine, SourceAccess } from "./ports.ts";

export interface AccessToDeps {
  readonly sources: Pick<SourceGateway, "schema">;
  readonly policies: PolicyEngine;
}

/** @throws AppError source_unavailable, metadata_unavailable. */
export async function accessTo(
  deps: AccessToDeps,
  source: OpenSource,
  ctx: CallContext,
): Promise<SourceAccess> {
  const schema = await deps.sources.schema(source, ctx.signal);
  return deps.policies.access(source, ctx.principal, schema);
}
