/** What makes two requests the same: canonical SQL, typed parameters, source, rights, versions and limits. */
import { canonicalJson } from "../kernel/canonical-json.ts";
import { sha256Hex } from "../kernel/digest.ts";
import type { SourceSchema } from "../sources/ports.ts";
import type { TableName } from "../sql/ports.ts";
import { type IdentityInput, type ResultIdentity, SCOPE_ALL, SCOPE_ANY } from "./ports.ts";

export function resultIdentity(input: IdentityInput): ResultIdentity {
  const key = sha256Hex(
    canonicalJson([
      input.canonicalSql,
      [...input.params] as never,
      input.source.sourceId,
      input.source.createdAt,
      input.policyFingerprint,
      input.guardVersion,
      input.maxRows,
    ]),
  );
  return { sourceId: input.source.sourceId, key, scopes: scopes(input.tables, input.schema) };
}

/** A view reads tables that the statement does not name, so it depends on any of them. */
function scopes(tables: readonly TableName[], schema: SourceSchema): string[] {
  const base = new Set(
    schema.tables.filter((table) => table.kind === "table").map((table) => tableScope(table.name)),
  );
  const named = tables.map((table) => tableScope(table.name));
  return [
    ...new Set([SCOPE_ALL, ...(named.every((name) => base.has(name)) ? named : [SCOPE_ANY])]),
  ];
}

/** The bare name of a table, whatever its schema: coarser than need be, and so never too narrow. */
export function tableScope(table: string): string {
  return table
    .slice(table.lastIndexOf(".") + 1)
    .replaceAll('"', "")
    .toLowerCase();
}
