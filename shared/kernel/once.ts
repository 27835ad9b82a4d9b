/** Opens something at its first use: kept when it came, tried again when it did not. */
export function once<T>(open: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | null = null;
  return () => {
    kept ??= open().catch((error: unknown) => {
      kept = null;
      throw error;
    });
    return kept;
  };
}
