/** Reads a verified question as a template: its slots, and the key under which two questions are the same. */
import { questionKey } from "./examples.ts";
import type { ParsedTemplate } from "./ports.ts";
import { type SlotType, slotParameters, slotTypes } from "./slots.ts";

const SLOT = /\{([^{}]*)\}/g;
const SLOT_FORM = /^([a-z][a-z0-9_]{0,31}):([a-z]+)$/;

/** @throws Error that says what is wrong with the template. */
export function parseTemplate(question: string): ParsedTemplate {
  const names = new Set<string>();
  const slots: { name: string; type: SlotType }[] = [];
  const text = question.replaceAll(SLOT, (whole, inner: string) => {
    const [, name = "", typed = ""] = SLOT_FORM.exec(inner) ?? [];
    const type = slotTypes.find((one) => one === typed);
    if (type === undefined)
      throw new Error(
        `${whole} is not a slot; write {name:type} with one of the types ${slotTypes.join(", ")}`,
      );
    if (names.has(name)) throw new Error(`the slot ${name} is there twice`);
    names.add(name);
    slots.push({ name, type });
    return " ";
  });
  if (/[{}]/.test(text)) throw new Error("has a brace without its partner");
  const key = questionKey(question);
  if (!/[\p{L}\p{N}]/u.test(key.replaceAll(SLOT, "")))
    throw new Error("needs a word beside its slots");
  return {
    slots: slots.flatMap(({ name, type }) => slotParameters(name, type)),
    types: slots.flatMap(({ name, type }) => slotParameters(name, type).map(() => type)),
    key,
  };
}

/** Keys are those of `questionKey`. What exactly fits a slot takes the schema and the time to tell: here it is some text. */
export function coversKey(templateKey: string, key: string): boolean {
  const [first = "", ...others] = templateKey.split(SLOT).filter((_, at) => at % 2 === 0);
  const last = others.pop();
  if (last === undefined) return key === first;
  if (!key.startsWith(first)) return false;
  let from = first.length;
  // Not one pattern for the whole: that would try every way to share the text out among the slots.
  for (const words of others) {
    const at = key.indexOf(words, from + 1);
    if (at < 0) return false;
    from = at + words.length;
  }
  return key.endsWith(last) && key.length - last.length > from;
}
