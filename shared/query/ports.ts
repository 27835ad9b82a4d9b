/** What the query path writes down, and what it learns from. */
import type { VerifiedExample } from "../ask/ports.ts";

export interface QueryRecord {
  readonly queryId: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly principal: string;
  readonly sourceId: string;
  readonly question: string | null;
  readonly sql: string | null;
  /** `answer`, `clarify`, `abstain`, or the code of the error. */
  readonly outcome: string;
  readonly provenance: string | null;
  readonly cacheStatus: string | null;
  readonly rowCount: number | null;
  readonly durationMs: number;
}

export interface QueryLog {
  /** Never blocks and never fails: the record is written behind the caller's back. */
  append(record: QueryRecord): void;
  /** Newest first, older than `beforeId`. `principal` null shows everybody's. */
  list(filter: {
    principal: string | null;
    sourceId: string | null;
    sources: readonly string[] | null;
    limit: number;
    beforeId: string | null;
  }): Promise<readonly QueryRecord[]>;
}

export interface StoredExample extends VerifiedExample {
  /** Milliseconds since the Unix epoch; null for one that came with the installation. */
  readonly createdAt: number | null;
  readonly createdBy: string;
}

export interface ExampleStore {
  /** All of a source, the same array until something changes (at most two seconds old). */
  forSource(sourceId: string): Promise<readonly StoredExample[]>;
  /** Replaces an example of the same question. */
  put(example: StoredExample, questionKey: string): Promise<void>;
  /** False where there is no such example of these sources. */
  remove(exampleId: string, sources: readonly string[] | "all"): Promise<boolean>;
}
