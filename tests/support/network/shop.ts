/** A small shop's schema, and ways to name its columns and values in programs, for tests of what the network reads and writes. */
import type { ValueCandidate } from "../../../shared/ask/network/candidates.ts";
import { graphOf, type SchemaGraph } from "../../../shared/ask/network/graph.ts";
import type { Condition, Operand, Term } from "../../../shared/ask/network/program.ts";
import type { ProgramOperator } from "../../../shared/ask/network/vocabulary.ts";
import { madeSchemas } from "../../../training/made-schemas.ts";

export function madeGraph(name: string): SchemaGraph {
  const schema = madeSchemas().get(`made_${name}`);
  if (schema === undefined) throw new Error(`no schema ${name}`);
  return graphOf(schema);
}

/** Position of `table.column`. */
export function columnOf(graph: SchemaGraph, name: string): number {
  const [table, column] = name.split(".");
  const at = graph.columns.findIndex(
    (one) => one.info.name === column && graph.tables[one.table]?.info.name === table,
  );
  if (at < 0) throw new Error(`no column ${name}`);
  return at;
}

export function tableOf(graph: SchemaGraph, name: string): number {
  const at = graph.tables.findIndex((one) => one.info.name === name);
  if (at < 0) throw new Error(`no table ${name}`);
  return at;
}

export { emptyProgram as noProgram } from "../../../shared/ask/network/program.ts";

export function candidate(text: string, more: Partial<ValueCandidate> = {}): ValueCandidate {
  return { kind: "text", text, start: -1, end: -1, stored: new Map(), ...more };
}

export function comparison(
  term: Term,
  operator: ProgramOperator,
  ...values: readonly number[]
): Condition {
  const operand: Operand = { kind: "values", values };
  return { term, operator, operand };
}
