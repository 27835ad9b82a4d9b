/**
 * One reading statement as one network write: BEGIN READ ONLY, the time limit, the statement with its parameters and a
 * row limit, ROLLBACK, all pipelined before a single Sync of the extended protocol (PostgreSQL 18, 54.2.3 and 54.2.4).
 * The server reads them in order and skips the rest after an error, so that a round trip buys a whole transaction.
 * Rows leave at the reader's pace: a slow one stops the socket, and with it the server.
 */
import type { Submittable } from "pg";
import type {
  BoundStatement,
  ExecutionBudget,
  JsonRow,
  ResultColumn,
} from "../../sources/ports.ts";
import { createRowChannel, type RowChannel } from "../../sources/row-channel.ts";
import { createRowSender, type TextRow } from "../pg-values/row-sender.ts";
import { pipelineOf, type Wire } from "./pipeline.ts";
import type { StatementNames } from "./statement-names.ts";

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

export interface BoundedQuery extends Submittable {
  /** Settles when the columns are known, or with the failure. */
  readonly opened: Promise<readonly ResultColumn[]>;
  read(): Promise<readonly JsonRow[] | null>;
  truncated(): boolean;
  /** The rest is not wanted: it is thrown away as it comes, and no slow reader holds it up. */
  drop(): void;
}

export interface BoundedQueryOptions extends BoundStatement {
  readonly budget: ExecutionBudget;
  readonly names: StatementNames;
  /** Called once when the budget of bytes is used up and the rest of the rows is not wanted. */
  readonly onEnough: () => void;
  /** Called when a single row alone is far beyond the budget: to destroy the connection is what bounds memory. */
  readonly onFlood: () => void;
  /**
   * Called once when the server has said how it ended, before the reader is told. What it throws is the failure.
   * `begun`: it has answered something before, be it only the BEGIN.
   */
  readonly onEnd: (error: Error | null, begun: boolean) => Promise<void> | void;
}

/** SQLSTATE of a statement that was cancelled. */
const QUERY_CANCELED = "57014";

export function createBoundedQuery(options: BoundedQueryOptions): BoundedQuery {
  const channel = createRowChannel();
  const pipeline = pipelineOf(options);
  const { sender, flood, take } = receiveRows(options, channel);
  let wire: Wire | null = null;
  let completed = 0;
  let over = false;
  /** The statement itself runs, or has run: what BEGIN and the settings answered came before. */
  const isReached = () => completed >= pipeline.preambleCommands;

  const finish = async (error: Error | null) => {
    if (over) return;
    over = true;
    wire?.stream.off("data", flood.watch);
    pipeline.settle(error !== null);
    try {
      await options.onEnd(error, completed > 0);
      if (error === null) channel.end();
      else channel.fail(error);
    } catch (failure) {
      channel.fail(failure);
    }
  };
  const complete = () => {
    completed++;
  };
  return {
    opened: channel.opened,
    read: channel.read,
    truncated: sender.truncated,
    drop() {
      sender.cut();
      wire?.stream.resume();
    },
    submit(connection) {
      wire = connection as unknown as Wire;
      wire.stream.on("data", flood.watch);
      wire.stream.write(pipeline.bytes(wire));
    },
    handleRowDescription: (message: { fields: readonly Field[] }) => sender.open(message.fields),
    handleDataRow(message: { fields: TextRow }) {
      if (!isReached() || take(message.fields) || over) return;
      wire?.stream.pause();
      void channel.room().then(() => wire?.stream.resume());
    },
    handlePortalSuspended: complete,
    handleCommandComplete: complete,
    handleEmptyQuery: complete,
    handleError(error: Error) {
      const isCancelled = (error as { code?: string }).code === QUERY_CANCELED;
      // A cancellation that the budget or the reader asked for is the end of a truncated result, not a failure.
      const wanted = sender.truncated() && isReached() && (isCancelled || flood.isFlooded());
      void finish(wanted ? null : error);
    },
    handleReadyForQuery() {
      channel.open([]);
      void finish(null);
    },
  } as BoundedQuery;
}

/** A character has at most three bytes of UTF-8, so that a row of this many times the budget is surely beyond it. */
const WIRE_BYTES_PER_BYTE = 3;
const FLOOD_SLACK_BYTES = 4 * 1_048_576;
/** No row may be larger than this, however large the budget of an export is: a row is in memory whole. */
const MAX_ROW_BYTES = 64 * 1_048_576;

function receiveRows(options: BoundedQueryOptions, channel: RowChannel) {
  const sender = createRowSender(options.budget, channel);
  const flood = watchFlood(options);
  return {
    sender,
    flood,
    /** False when the reader has enough to go on with. */
    take(row: TextRow): boolean {
      flood.rowEnded();
      if (sender.truncated()) return true;
      const added = sender.add(row);
      // The row limit was part of the statement; of bytes the server knows nothing.
      if (added === "bytes") options.onEnough();
      return added !== "full";
    },
  };
}

/** Knows of a row that has not ended whether it can still fit. */
function watchFlood({ budget, onFlood }: BoundedQueryOptions) {
  const floodBytes =
    Math.min(budget.maxBytes, MAX_ROW_BYTES) * WIRE_BYTES_PER_BYTE + FLOOD_SLACK_BYTES;
  /** Received since the last whole row: what the parser holds. */
  let unfinished = 0;
  let flooded = false;
  return {
    watch(chunk: Buffer): void {
      unfinished += chunk.length;
      if (unfinished <= floodBytes || flooded) return;
      flooded = true;
      onFlood();
    },
    rowEnded: () => {
      unfinished = 0;
    },
    isFlooded: () => flooded,
  };
}
