/** Between a source that sends rows and a caller who takes them at his own pace: batches out, back-pressure in. */
import type { JsonRow, ResultColumn } from "./ports.ts";

export interface RowChannel {
  /** Settles when the columns are known, or with the failure. */
  readonly opened: Promise<readonly ResultColumn[]>;
  open(columns: readonly ResultColumn[]): void;
  /** `size` in bytes. False when the caller has enough to go on with: see `room`. */
  add(row: JsonRow, size: number): boolean;
  /** Settles when the caller has taken what waits. */
  room(): Promise<void>;
  end(): void;
  fail(error: unknown): void;
  read(): Promise<readonly JsonRow[] | null>;
}

/** A reader is woken for this much, or for the end. */
const BATCH_BYTES = 65_536;
/** What may wait for a slow reader. */
const HIGH_WATER_BYTES = 1_048_576;

export function createRowChannel(): RowChannel {
  const opened = Promise.withResolvers<readonly ResultColumn[]>();
  opened.promise.catch(() => undefined);
  let rows: JsonRow[] = [];
  let bytes = 0;
  let state: "open" | "ended" | "failed" = "open";
  let failure: unknown;
  let reader: PromiseWithResolvers<void> | null = null;
  let room: PromiseWithResolvers<void> | null = null;
  const wake = () => {
    reader?.resolve();
    reader = null;
  };
  const makeRoom = () => {
    room?.resolve();
    room = null;
  };
  return {
    opened: opened.promise,
    open: opened.resolve,
    add(row, size) {
      rows.push(row);
      bytes += size;
      if (bytes >= BATCH_BYTES) wake();
      return bytes < HIGH_WATER_BYTES;
    },
    room: () => {
      if (bytes < HIGH_WATER_BYTES) return Promise.resolve();
      room ??= Promise.withResolvers<void>();
      return room.promise;
    },
    end() {
      if (state === "open") state = "ended";
      wake();
    },
    fail(error) {
      if (state !== "open") return;
      state = "failed";
      failure = error;
      opened.reject(error);
      wake();
      makeRoom();
    },
    async read() {
      while (state === "open" && bytes < BATCH_BYTES) {
        reader ??= Promise.withResolvers<void>();
        await reader.promise;
      }
      if (state === "failed") throw failure;
      if (rows.length === 0) return null;
      const batch = rows;
      rows = [];
      bytes = 0;
      makeRoom();
      return batch;
    },
  };
}
