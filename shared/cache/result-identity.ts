/** What makes two requests the same: canonical SQL, typed parameters, source, rights, versions and limits. */
import { LRUCache } from "lru-cache";
import { canonicalJson } from "../kernel/canonical-json.ts";
import { sha256Hex } from "../kernel/digest.ts";
import type { SourceSchema, TableRef } from "../sources/ports.ts";
import type { TableName } from "../sql/ports.ts";
import {
  type EpochVector,
  type Evidence,
  type IdentityInput,
  type ResultIdentity,
  SCOPE_ALL,
  SCOPE_ANY,
  type SourceCacheTerms,
} from "./ports.ts";

/** SQL that was given, and questions over a source without a model. */
const NO_SEMANTIC_MODEL = "none";

export function resultIdentity(input: IdentityInput, terms: SourceCacheTerms): ResultIdentity {
  const { sourceId, createdAt } = input.source.record;
  const known = readsOf(input.tables, input.schema);
  return {
    sourceId,
    registration: `${sourceId}@${createdAt}`,
    place: { source: sourceId, key: keyFor(input, known) },
    scopes: known.scopes,
    tables: known.tables,
    terms,
    modelId: input.modelId ?? null,
    readTokens: input.source.adapter.changeTokens,
  };
}

/** That a statement without parameters is the same once more is cheaper to see than to look up. */
function keyFor(input: IdentityInput, known: Reads): string {
  const { last } = known;
  const parts = partsOf(input);
  if (last !== null && parts.every((part, at) => part === last.parts[at])) return last.key;
  const key = keyOf(JSON.stringify(parts));
  if (input.params.length === 0) known.last = { parts, key };
  return key;
}

const NO_PARAMS: IdentityInput["params"] = [];

/** Parameters are scalars and lists of them: their JSON is canonical as it is. */
const partsOf = (input: IdentityInput): readonly unknown[] => [
  input.canonicalSql,
  input.params.length === 0 ? NO_PARAMS : input.params,
  input.source.record.sourceId,
  input.source.record.createdAt,
  input.policyFingerprint,
  input.semanticModelVersion ?? NO_SEMANTIC_MODEL,
  input.guardVersion,
  input.maxRows,
  input.maxBytes,
];

/** What is asked again and again is not digested every time. */
const MOST_KEYS = 1_000;
const LONGEST_KNOWN = 4_096;
const knownKeys = new LRUCache<string, string>({ max: MOST_KEYS });

function keyOf(parts: string): string {
  const known = knownKeys.get(parts);
  if (known !== undefined) return known;
  const key = sha256Hex(parts);
  if (parts.length <= LONGEST_KNOWN) knownKeys.set(parts, key);
  return key;
}

interface Reads extends Pick<ResultIdentity, "scopes" | "tables"> {
  /** Of the last statement over these tables, where it had no parameters: what made its key. */
  last: { readonly parts: readonly unknown[]; readonly key: string } | null;
}

/** The guard gives the same tables for the same text, and a schema stays one object until it is read anew. */
const knownReads = new WeakMap<SourceSchema, WeakMap<readonly TableName[], Reads>>();

function readsOf(names: readonly TableName[], schema: SourceSchema): Reads {
  const ofSchema = knownReads.get(schema) ?? new WeakMap<readonly TableName[], Reads>();
  knownReads.set(schema, ofSchema);
  const known = ofSchema.get(names);
  if (known !== undefined) return known;
  const reads: Reads = {
    scopes: scopes(names, schema),
    tables: tablesMeant(names, schema),
    last: null,
  };
  ofSchema.set(names, reads);
  return reads;
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

/** An unqualified name stands for every table of that name; one that the schema does not list may be in any of its schemas. */
function tablesMeant(names: readonly TableName[], { tables }: SourceSchema): TableRef[] {
  const refs = names.flatMap(({ schema, name }): TableRef[] => {
    if (schema !== null) return [{ schema, name }];
    const known = tables.filter((table) => table.name === name);
    if (known.length > 0) return known.map((table) => ({ schema: table.schema, name }));
    return [...new Set(["public", ...tables.map((table) => table.schema)])].map((one) => ({
      schema: one,
      name,
    }));
  });
  return [...new Map(refs.map((ref) => [tableKey(ref), ref])).values()];
}

export function tableKey({ schema, name }: TableRef): string {
  return JSON.stringify([schema, name]);
}

export function sameEvidence(one: Evidence, other: Evidence): boolean {
  return sameMembers(one.epochs, other.epochs) && sameMembers(one.tokens, other.tokens);
}

function sameMembers(
  one: Readonly<Record<string, number | string>>,
  other: Readonly<Record<string, number | string>>,
): boolean {
  let left = 0;
  for (const name in one) {
    if (one[name] !== other[name]) return false;
    left++;
  }
  for (const _ in other) left--;
  return left === 0;
}

export function epochsMoved(before: EpochVector, now: EpochVector): boolean {
  for (const scope in now) if (before[scope] !== now[scope]) return true;
  return false;
}

/** Short, for the names of leases and for a store to compare without reading. */
export function evidenceDigest(evidence: Evidence): string {
  return sha256Hex(canonicalJson([evidence.epochs, evidence.tokens])).slice(0, 32);
}
