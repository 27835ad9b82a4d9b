/** Making text harmless: one line, bounded, and without meaning to Slack, HTML or a mail header. */

/** Bidirectional overrides and invisible marks, which can make a message read as another. */
const deceptive = /[\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\u00ad]/gu;

/** One well-formed line of at most `max` UTF-16 units: controls and line breaks become spaces, runs of spaces one. */
export function oneLine(text: string, max: number): string {
  const flat = text
    .toWellFormed()
    .replace(deceptive, "")
    .replace(/[\p{Cc}\s]+/gu, " ")
    .trim();
  if (flat.length <= max) return flat;
  return `${flat.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

const htmlEntities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => htmlEntities[character] ?? character);
}

/**
 * For any Slack text object: the three control characters as entities, which kills `<!here>`, `<@U1>` and links, and a
 * word joiner after every at sign, so that "@channel" calls nobody even where link_names is on.
 */
export function escapeSlack(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("@", "@\u2060");
}
