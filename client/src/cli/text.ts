/** Text for a terminal: colour where there is one, and nothing in it that could command it. */

export interface View {
  readonly color: boolean;
  /** The width to keep to; null in a pipe, where nothing is cut. */
  readonly width: number | null;
}

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
const ESC = String.fromCharCode(27);

export function paint(view: View, color: keyof typeof codes, text: string): string {
  return view.color && text !== "" ? `${ESC}[${codes[color]}m${text}${ESC}[0m` : text;
}

/** One line, every control and direction character visible: data must not move the cursor or fake a row. */
export function oneLine(text: string): string {
  return text
    .replaceAll("\n", "\\n")
    .replaceAll("\t", "\\t")
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, visible);
}

/** Like oneLine, for text of several lines. */
export function manyLines(text: string): string {
  return text
    .split("\n")
    .map((line) => oneLine(line.replaceAll("\t", "  ").replace(/\r$/, "")))
    .join("\n");
}

/** JSON for people and programs. What a terminal would obey is escaped, which changes no value. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[^\P{Cc}\n]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function visible(char: string): string {
  return `\\u{${char.codePointAt(0)?.toString(16)}}`;
}

const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** Columns that a line takes up, close enough to lay out a table. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) if (!/\p{M}/u.test(char)) width += WIDE.test(char) ? 2 : 1;
  return width;
}

/** `2026-11-22 15:44:21Z` */
export function time(iso: string | null): string {
  return iso === null ? "never" : iso.replace("T", " ").replace(/(\.\d+)?Z$/, "Z");
}

export function duration(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${ms >= 10 ? Math.round(ms) : Number(ms.toFixed(1))} ms`;
}

export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

export function percent(part: number | null): string {
  return part === null ? "–" : `${(part * 100).toFixed(1)} %`;
}

/** Anything shorter is no secret, and hiding it would garble the text. */
const MIN_SECRET = 6;

/** Keys are hidden wherever they might be echoed: in usage errors above all. */
export function redact(text: string, secrets: readonly (string | undefined)[] = []): string {
  let safe = text.replace(/mcp_(local|test|live)_[0-9A-Za-z]{8,}/g, "mcp_$1_…");
  for (const secret of secrets)
    if (secret && secret.length >= MIN_SECRET) safe = safe.replaceAll(secret, "…");
  return safe;
}
