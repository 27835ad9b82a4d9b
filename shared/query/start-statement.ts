/** The one place where a planned statement goes to its source: as its caller may run it, and with errors he may read. */
import type { ExecutionBudget, OpenSource, ResultStream } from "../sources/ports.ts";
import type { RestrictedPlan } from "./restrict-plan.ts";

export interface StatementCall {
  readonly signal: AbortSignal;
  readonly requestId: string;
}

/** @throws AppError as SourceAdapter.execute does; so do the stream's methods. */
export async function startStatement(
  source: OpenSource,
  { run, veil }: RestrictedPlan,
  budget: ExecutionBudget,
  { signal, requestId }: StatementCall,
): Promise<ResultStream> {
  const veiled = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw veil(error);
    }
  };
  const stream = await veiled(() => source.adapter.execute({ ...run, requestId }, budget, signal));
  return { ...stream, read: () => veiled(stream.read) };
}
