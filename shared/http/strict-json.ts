/**
 * JSON as strictly as a gateway needs it: valid UTF-8, bounded depth, no key twice. JSON.parse keeps the last of two
 * equal keys, so that whoever checks one and runs the other can be fooled; here that is an error.
 */

export class JsonRejected extends Error {
  override readonly name = "JsonRejected";
}

/** Deeper than any real request; recursive validators stay far from the end of the stack. */
const MAX_DEPTH = 64;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Parses one JSON text. @throws JsonRejected with a sentence that is safe for the caller. */
export function parseStrictJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new JsonRejected("The body is not valid UTF-8.");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new JsonRejected(syntaxMessage(error));
  }
  if (typeof value === "object" && value !== null) scanStructure(text);
  return value;
}

/** V8's message quotes the body, which may hold a secret: only the position is passed on. */
function syntaxMessage(error: unknown): string {
  const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
  return position === undefined
    ? "The body is not valid JSON."
    : `The body is not valid JSON: reading stopped at character ${Number(position) + 1}.`;
}

/** Walks text that JSON.parse has accepted, so that only structure has to be told apart. */
function scanStructure(text: string): void {
  const open: (Set<string> | null)[] = [];
  let keys: Set<string> | null = null;
  let atKey = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character === 0x22) {
      const end = stringEnd(text, i);
      if (atKey && keys !== null) {
        noteKey(keys, text.slice(i, end + 1));
        atKey = false;
      }
      i = end;
    } else if (character === 0x7b || character === 0x5b) {
      keys = character === 0x7b ? new Set() : null;
      atKey = keys !== null;
      if (open.push(keys) > MAX_DEPTH)
        throw new JsonRejected(`The body is nested deeper than ${MAX_DEPTH} levels.`);
    } else if (character === 0x7d || character === 0x5d) {
      open.pop();
      keys = open.at(-1) ?? null;
      atKey = false;
    } else if (character === 0x2c) atKey = keys !== null;
  }
}

/** The index of the closing quote of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, quote: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(quote - 1 - slashes) === 0x5c) slashes++;
  return slashes % 2 === 1;
}

function noteKey(keys: Set<string>, quoted: string): void {
  const key = quoted.includes("\\") ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  if (key === "__proto__")
    throw new JsonRejected("The body holds the key __proto__, which is not allowed.");
  if (keys.has(key)) throw new JsonRejected("The body holds the same key twice.");
  keys.add(key);
}
