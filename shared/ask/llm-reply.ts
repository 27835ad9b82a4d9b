/** What a language model answered, or what is wrong with it. */
import * as z from "zod";

const MAX_SQL = 20_000;

const Scalar = z.union([z.null(), z.boolean(), z.number(), z.string().max(1_000)]);

const Reply = z.object({
  sql: z.string().trim().min(1).max(MAX_SQL).nullable(),
  params: z.array(Scalar).max(50),
  /** Asked for because a model that gives its reason reasons better; shown to nobody. */
  reason: z.string(),
  confidence: z.number().min(0).max(1),
});
export type Reply = z.output<typeof Reply>;

export type ReadReply =
  | { readonly kind: "reply"; readonly reply: Reply }
  | { readonly kind: "bad"; readonly message: string };

/** Takes the object in a code fence too: some models cannot leave it out. */
export function readReply(text: string): ReadReply {
  const bare = /^\s*```(?:json)?\s*([\s\S]*?)\s*```\s*$/.exec(text)?.[1] ?? text;
  let value: unknown;
  try {
    value = JSON.parse(bare);
  } catch {
    return { kind: "bad", message: "The answer is not one complete JSON object." };
  }
  const parsed = Reply.safeParse(value);
  if (parsed.success) return { kind: "reply", reply: parsed.data };
  const wrong = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  return { kind: "bad", message: wrong.join("; ") };
}
