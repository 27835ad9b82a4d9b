/** What the HTTP layer reads and writes, free of any host's classes. */

export interface Reply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array | ByteStream | null;
}

/** A body that is sent as it comes, at the caller's pace. */
export interface ByteStream {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Known beforehand, so that a caller can tell a body that was cut off. */
  readonly length: number;
}

export function isByteStream(body: unknown): body is ByteStream {
  return (
    typeof body === "object" &&
    body !== null &&
    "bytes" in body &&
    typeof body.bytes === "object" &&
    body.bytes !== null &&
    Symbol.asyncIterator in body.bytes
  );
}

/** The part of a request that is used. `params` and `query` are percent-decoded. */
export interface IncomingRequest {
  readonly method: string;
  /** Whole, or from the path on. */
  readonly url: string;
  readonly params: Readonly<Record<string, string>>;
  /** By its lower-case name. */
  header(name: string): string | null;
  /** The whole body. Reads at most `limit` bytes. @throws AppError body_too_large beyond that. */
  bytes(limit: number): Promise<Uint8Array>;
}
