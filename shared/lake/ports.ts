/** Files in a lake: what the data-lake source asks of the storage behind it. */
import type { PrivilegeFinding } from "../sources/ports.ts";

export interface LakeFile {
  /** From the container's root, with `/` between folders. */
  readonly name: string;
  /** Changes with every change of the content. */
  readonly etag: string;
  readonly sizeBytes: number;
}

export interface LakeStore {
  /** Names account and container; two stores of one identity hold the same files. */
  readonly identity: string;
  /** Every file whose name begins so, in the order of names. @throws AppError source_unavailable. */
  list(prefix: string, signal: AbortSignal): Promise<readonly LakeFile[]>;
  /** Writes this very version to a new file. @throws AppError source_unavailable where it is gone or has changed. */
  download(file: LakeFile, path: string, signal: AbortSignal): Promise<void>;
  /** What the credential could do beyond reading. */
  privileges(signal: AbortSignal): Promise<readonly PrivilegeFinding[]>;
}

export type LakeFormat = "parquet" | "csv" | "json";
