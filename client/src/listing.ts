/** A list in the contract's paging: walk all of it with `for await`, or take one page. */
import type { ApiRequest, CallOptions, Transport } from "./transport.ts";

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

export interface Listing<T> extends AsyncIterable<T> {
  /** One page: the first, or the one that a page's `nextCursor` names. */
  page(cursor?: string): Promise<Page<T>>;
}

export function listing<T>(
  transport: Transport,
  path: string,
  query: ApiRequest["query"],
  options?: CallOptions,
): Listing<T> {
  const page = (cursor?: string) =>
    transport.send<Page<T>>({ method: "GET", path, query: { ...query, cursor } }, options);
  return {
    page,
    async *[Symbol.asyncIterator]() {
      let cursor: string | undefined;
      do {
        const { items, nextCursor } = await page(cursor);
        yield* items;
        // A list that is always short may leave the cursor out.
        cursor = nextCursor ?? undefined;
      } while (cursor !== undefined);
    },
  };
}
