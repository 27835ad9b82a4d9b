/** Reads a verified question as a template: its slots, and the key under which two questions are the same. */
import type { ParsedTemplate } from "./ports.ts";
import { slotTypes } from "./slots.ts";
import { normaliseText } from "./tokens.ts";

const SLOT = /\{([^{}]*)\}/g;
const SLOT_FORM = /^([a-z][a-z0-9_]{0,31}):([a-z]+)$/;

/** @throws Error that says what is wrong with the template. */
export function parseTemplate(question: string): ParsedTemplate {
  const slots: string[] = [];
  const text = question.replaceAll(SLOT, (whole, inner: string) => {
    const [, name = "", type = ""] = SLOT_FORM.exec(inner) ?? [];
    if (!slotTypes.includes(type as (typeof slotTypes)[number]))
      throw new Error(
        `${whole} is not a slot; write {name:type} with one of the types ${slotTypes.join(", ")}`,
      );
    if (slots.includes(name)) throw new Error(`the slot ${name} is there twice`);
    slots.push(name);
    return ` slot${type} `;
  });
  if (/[{}]/.test(text)) throw new Error("has a brace without its partner");
  return {
    slots,
    key: normaliseText(text)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim(),
  };
}
