/** What this caller is not to be offered as an answer to this question, because it was called wrong. */
import type { QuestionReader } from "../ask/ports.ts";
import type { Principal } from "../kernel/context.ts";
import type { FeedbackStore, Rejection } from "./ports.ts";

export interface RejectedDeps {
  readonly feedback: Pick<FeedbackStore, "rejections">;
  readonly questions: Pick<QuestionReader, "keyOf">;
}

export async function rejectedFor(
  deps: RejectedDeps,
  asked: { readonly sourceId: string; readonly question: string },
  principal: Pick<Principal, "id">,
): Promise<readonly string[]> {
  const rejections = await rejectionsHeldBy(deps, asked.sourceId, principal);
  if (rejections.length === 0) return [];
  const key = deps.questions.keyOf(asked.question);
  return rejections.filter((one) => one.questionKey === key).map(({ sql }) => sql);
}

/** Those that hold for everybody, and the caller's own. */
export async function rejectionsHeldBy(
  { feedback }: Pick<RejectedDeps, "feedback">,
  sourceId: string,
  { id }: Pick<Principal, "id">,
): Promise<readonly Rejection[]> {
  const rejections = await feedback.rejections(sourceId);
  return rejections.filter(({ principal }) => principal === null || principal === id);
}
