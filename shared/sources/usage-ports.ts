/** What a warehouse says of itself: credits by the hour and the statements it ran lately. */

export interface WarehouseHour {
  readonly warehouse: string;
  /** The hour's start, ISO 8601 UTC. */
  readonly startedAt: string;
  readonly credits: number;
}

export interface WarehouseQuery {
  readonly queryId: string;
  readonly status: string;
  readonly warehouse: string | null;
  /** ISO 8601 UTC. */
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly bytesScanned: number;
  readonly rowsProduced: number;
  /** Time spent waiting for a free place in the warehouse. */
  readonly queuedMs: number;
  /** What the platform wrote there: see the adapter's query tag. */
  readonly tag: string;
}

export interface WarehouseUsage {
  readonly hours: readonly WarehouseHour[];
  readonly queries: readonly WarehouseQuery[];
}

/** Beside the source port, for sources whose computing is billed by use. */
export interface WarehouseUsageReader {
  /** The last day's hours and the last statements. @throws AppError as the source port does. */
  readUsage(signal: AbortSignal): Promise<WarehouseUsage>;
}
