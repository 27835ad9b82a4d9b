/** What the query path writes down, and what it learns from. */
import type { VerifiedExample } from "../ask/ports.ts";
import type { JsonValue } from "../sources/ports.ts";

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
  /** Of an answered question; null for SQL that was given. */
  readonly params: readonly JsonValue[] | null;
  /** On whose behalf it was asked; left out where no model was named. */
  readonly model?: NamedModel;
}

/** A registered model, and the version that its name meant when it was asked. */
export interface NamedModel {
  readonly modelId: string;
  readonly version: number;
}

export interface ModelNames {
  /** `name`, `name@label` or `name@3`. @throws AppError model_not_found, label_not_found. */
  resolve(reference: string): Promise<NamedModel>;
}

/** Answers of the same text, counted. */
export interface FrequentAnswer {
  readonly question: string | null;
  readonly sql: string;
  readonly provenance: "generated" | "given";
  readonly count: number;
  /** Of the newest of them. */
  readonly at: number;
  readonly queryId: string;
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
  find(queryId: string): Promise<QueryRecord | null>;
  /** Answers that nobody verified, the most frequent first, over the newest records. `principal` null counts everybody's. */
  frequent(filter: {
    principal: string | null;
    sourceId: string;
  }): Promise<readonly FrequentAnswer[]>;
}

/** A table as an example reads it: the columns its SQL names, with their types when it was verified. */
export interface TableRead {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** What was found when an example was tried out. */
export interface Verification {
  readonly maskedQuestion: string;
  readonly canonicalSql: string;
  readonly reads: readonly TableRead[];
  readonly schemaVersion: string;
  /** Milliseconds since the Unix epoch. */
  readonly verifiedAt: number;
  readonly verifiedBy: string;
}

export interface StoredExample extends VerifiedExample {
  /** Milliseconds since the Unix epoch; null for one that came with the installation. */
  readonly createdAt: number | null;
  readonly createdBy: string;
  /** Null for one that came with the installation or was taught to a release before. */
  readonly verification: Verification | null;
}

export interface ExampleStore {
  /** All of a source, the same array until something changes (at most two seconds old). */
  forSource(sourceId: string): Promise<readonly StoredExample[]>;
  /** All of a source as they are now. */
  readAnew(sourceId: string): Promise<readonly StoredExample[]>;
  /** Inserts, in the place of `replaces` where that is given. False where another has the question's key meanwhile. */
  insert(example: StoredExample, questionKey: string, replaces: string | null): Promise<boolean>;
  /** What a new try found, in the place of what an earlier one did. */
  reverify(exampleId: string, verification: Verification): Promise<void>;
  /** False where there is no such example of these sources. */
  remove(exampleId: string, sources: readonly string[] | "all"): Promise<boolean>;
}

/** What one caller said of one answer. */
export interface Feedback {
  readonly queryId: string;
  readonly principal: string;
  readonly sourceId: string;
  readonly questionKey: string;
  readonly correct: boolean;
  /** Not to be offered for this question again; null where nothing is. */
  readonly rejectedSql: string | null;
  /** Said by someone who may teach: it holds for everybody, and for him alone otherwise. */
  readonly forAll: boolean;
  readonly correction: string | null;
  readonly exampleId: string | null;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

export interface Rejection {
  readonly questionKey: string;
  readonly sql: string;
  /** Null for everybody. */
  readonly principal: string | null;
}

export interface FeedbackStore {
  find(queryId: string, principal: string): Promise<Feedback | null>;
  /** The first one stays: a second for the same query and principal changes nothing and gets the first. */
  record(feedback: Feedback): Promise<Feedback>;
  /** Of a source; at most two seconds old. */
  rejections(sourceId: string): Promise<readonly Rejection[]>;
  /** The keys of questions whose answer became an example. */
  taughtKeys(sourceId: string): Promise<ReadonlySet<string>>;
  /** What was called wrong of a question that is verified anew counts no more. */
  forgetRejections(
    sourceId: string,
    isAnswered: (rejection: Pick<Rejection, "questionKey" | "sql">) => boolean,
  ): Promise<void>;
}
