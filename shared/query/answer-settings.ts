/** From which chance on a source's questions are answered or asked back. */
import { AnswerSettings } from "../contract/sources.ts";
import type { OpenSource } from "../sources/ports.ts";

/** As the source has them set. What does not read, although it was checked when it was saved, leaves the defaults. */
export const answerSettings = ({ record }: OpenSource): AnswerSettings =>
  AnswerSettings.safeParse(record.config.answers ?? {}).data ?? AnswerSettings.parse({});
