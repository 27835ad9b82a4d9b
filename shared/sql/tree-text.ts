/** Trees compared and changed as the text that the parser wrote, many times faster than as objects. */
import type { Edit } from "./splice-text.ts";

/** A query with what its text says of its tree. */
export interface WrittenQuery {
  readonly sql: string;
  /** The parser's text of the tree, without positions; null where `sql`, in brackets in FROM, does not give the tree. */
  readonly tree: string | null;
}

/** A relation's name with its schema. */
export interface WrittenName {
  readonly sql: string;
  /** It means this relation where it stands in FROM. */
  readonly proven: boolean;
}

/**
 * Only keys can match: within a string of JSON every quote has a backslash before it, and here a letter stands before
 * the second one. What is left of two texts is the same only where the trees are, but for positions.
 */
const POSITION =
  /,?"(?:location|name_location|list_start|list_end|rexpr_list_start|rexpr_list_end|stmt_location|stmt_len)":-?\d+/g;

export const withoutPositions = (text: string): string => text.replace(POSITION, "");

const HEAD = /^\{"version":\d+,"stmts":\[\{"stmt":/;
const TAIL = "}]}";

/** The one statement in a text without positions, or null. */
export function statementText(text: string): string | null {
  const [head] = HEAD.exec(text) ?? [];
  return head === undefined || !text.endsWith(TAIL) ? null : text.slice(head.length, -TAIL.length);
}

interface Span {
  readonly start: number;
  readonly edit: Edit;
}

/** The text with each edited node replaced; null where one is not found, or anything is in doubt. */
export function editedTree(text: string, edits: readonly Edit[]): string | null {
  const spans = [...spansOf(text, "RangeVar", edits), ...spansOf(text, "ColumnRef", edits)];
  const found = new Set(spans.map(({ edit }) => edit));
  if (spans.length !== edits.length || found.size !== edits.length) return null;
  spans.sort((a, b) => a.start - b.start);
  let result = "";
  let done = 0;
  for (const { start, edit } of spans) {
    result += text.slice(done, start) + edit.becomes();
    done = start + edit.was().length;
  }
  return result + text.slice(done);
}

const LOCATION = '"location":';

/** Where the edited nodes of a type stand. A node is known by its place in the statement, then compared whole. */
function spansOf(text: string, type: Edit["type"], edits: readonly Edit[]): Span[] {
  const wanted = new Map<number, Edit>();
  for (const edit of edits) if (edit.type === type) wanted.set(edit.at, edit);
  if (wanted.size === 0) return [];
  const spans: Span[] = [];
  const open = `{"${type}":{`;
  for (let at = text.indexOf(open); at !== -1; at = text.indexOf(open, at + open.length)) {
    const place = text.indexOf(LOCATION, at) + LOCATION.length;
    const edit = wanted.get(Number.parseInt(text.slice(place, place + 8), 10));
    if (edit !== undefined && text.startsWith(edit.was(), at)) spans.push({ start: at, edit });
  }
  return spans;
}
