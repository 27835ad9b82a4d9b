/** A made-up kind of source, as small as one can be: a book of entries behind a pin. */
import { z } from "zod";
import { SourceLimits } from "../../shared/contract/sources.ts";
import { AppError } from "../../shared/kernel/app-error.ts";
import { defineSourceKind } from "../../shared/sources/kinds.ts";
import type { SourceAdapter } from "../../shared/sources/ports.ts";
import { streamOf } from "./result-stream.ts";

/** The books, as the world outside would keep them. */
export const ledgers = { away: false, calls: 0, pins: new Set(["1234", "4321", "root"]) };

const entries = {
  schema: "public",
  name: "entries",
  kind: "table" as const,
  columns: [
    { name: "n", type: "integer", nullable: false },
    { name: "amount", type: "numeric", nullable: false },
  ],
  primaryKey: ["n"],
  foreignKeys: [],
};

function createLedgerSource(sourceId: string, pin: string): SourceAdapter {
  const open = () => {
    ledgers.calls++;
    if (ledgers.away)
      throw new AppError("source_unavailable", `The books of ${sourceId} are away.`);
    if (!ledgers.pins.has(pin)) throw new AppError("source_unavailable", "wrong pin");
  };
  return {
    dialect: "postgres",
    introspect: async () => ({ version: "1", tables: [entries] }),
    execute: async () => {
      open();
      const columns = entries.columns.map(({ name, type }) => ({ name, type }));
      const rows = [
        ["1", "12.50"],
        ["2", "0.10"],
        ["3", "99999999999999999999"],
      ];
      return { ...streamOf({ columns, rows: [], truncated: false }), read: once(rows) };
    },
    explain: async () => "reads the book",
    changeTokens: async (tables) => tables.map(() => "bound"),
    privileges: async () =>
      pin === "root"
        ? [{ severity: "danger", privilege: "burn", evidence: "The pin may burn the books." }]
        : [],
    check: async () => {
      try {
        open();
        return { ok: true, latencyMs: 0, evidence: "the book opened" };
      } catch (error) {
        return { ok: false, latencyMs: 0, evidence: (error as AppError).detail };
      }
    },
    close: async () => undefined,
  };
}

function once<T>(value: T): () => Promise<T | null> {
  let given = false;
  return async () => {
    if (given) return null;
    given = true;
    return value;
  };
}

export const ledgerKind = defineSourceKind({
  type: "ledger",
  config: z.strictObject({ book: z.string(), limits: SourceLimits.optional() }),
  credentials: z.strictObject({ pin: z.string() }),
  connect: async ({ sourceId, credentials }) => createLedgerSource(sourceId, credentials.pin),
});
