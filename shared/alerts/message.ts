/** What a notification says, once for every channel: a title, a summary and labelled facts, all bounded single lines. */
import type { Notification } from "./ports.ts";
import { escapeHtml, oneLine } from "./text.ts";

/** Fits a mail subject, Slack's header block (150) and PagerDuty's summary (1024). */
const TITLE_LENGTH = 140;
const SUMMARY_LENGTH = 1000;
const LABEL_LENGTH = 60;
const VALUE_LENGTH = 300;
/** Beyond this nobody reads on a telephone; the incident has the rest. */
const MAX_FACTS = 12;

export interface Fact {
  readonly label: string;
  readonly value: string;
}

export interface Message {
  readonly title: string;
  readonly summary: string;
  readonly facts: readonly Fact[];
}

export function renderMessage({ event, incident }: Notification): Message {
  const summary = oneLine(incident.summary, SUMMARY_LENGTH);
  const state = event === "opened" ? incident.severity.toUpperCase() : "RESOLVED";
  const times = [fact("Opened", incident.openedAt)];
  if (event === "resolved" && incident.resolvedAt !== null)
    times.push(fact("Resolved", incident.resolvedAt));
  const evidence = Object.entries(incident.evidence).map(([label, value]) =>
    fact(label, String(value)),
  );
  return {
    title: oneLine(`[${state}] ${summary}`, TITLE_LENGTH),
    summary,
    facts: [
      fact("Rule", incident.rule),
      fact("Severity", incident.severity),
      ...times,
      ...evidence.slice(0, MAX_FACTS),
      fact("Incident", incident.incidentId),
    ],
  };
}

export function plainText({ summary, facts }: Message): string {
  return `${summary}\n\n${facts.map(({ label, value }) => `${label}: ${value}`).join("\n")}\n`;
}

/** A whole HTML document without links, images or styles that a mail client would fetch or mangle. */
export function htmlText({ title, summary, facts }: Message): string {
  const row = ({ label, value }: Fact) =>
    `<tr><th align="left">${escapeHtml(label)}</th><td>${escapeHtml(value)}</td></tr>`;
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>`,
    `<body><p>${escapeHtml(summary)}</p><table>${facts.map(row).join("")}</table></body></html>`,
  ].join("");
}

function fact(label: string, value: string): Fact {
  return { label: oneLine(label, LABEL_LENGTH), value: oneLine(value, VALUE_LENGTH) };
}
