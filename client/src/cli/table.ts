/** Tables that fit the terminal: numbers to the right, wide cells cut with …, no colour in a pipe. */
import Table from "cli-table3";
import { displayWidth, oneLine, paint, type View } from "./text.ts";

export type Cell = string | number | boolean | null;

export interface Column {
  readonly name: string;
  readonly align?: "right";
}

const GAP = "  ";
const MIN_WIDTH = 4;

const chars = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  right: "",
  "right-mid": "",
  mid: "─",
  "mid-mid": GAP,
  middle: GAP,
};

/** Ends with a newline; a table without rows is its head. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  view: View,
): string {
  const texts = rows.map((row) => columns.map((_, index) => cellText(row[index] ?? null, view)));
  const names = columns.map((column) => oneLine(column.name));
  const natural = names.map((name, index) =>
    Math.max(1, displayWidth(name), ...texts.map((row) => displayWidth(row[index] ?? ""))),
  );
  const table = new Table({
    head: names.map((name) => paint(view, "bold", name)),
    colAligns: columns.map((column) => column.align ?? "left"),
    colWidths: fitWidths(natural, view.width),
    chars,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0, compact: true },
    truncate: "…",
  });
  table.push(
    ...texts.map((row, at) =>
      row.map((text, index) =>
        (rows[at]?.[index] ?? null) === null ? paint(view, "dim", text) : text,
      ),
    ),
  );
  return `${table.toString().replace(/ +$/gm, "")}\n`;
}

/** `label  value` lines, labels dim and of one width. */
export function renderFields(
  fields: readonly (readonly [label: string, value: Cell])[],
  view: View,
): string {
  const width = Math.max(...fields.map(([label]) => label.length));
  return fields
    .map(
      ([label, value]) =>
        `${paint(view, "dim", label.padEnd(width))}${GAP}${cellText(value, view)}\n`,
    )
    .join("");
}

function cellText(value: Cell, view: View): string {
  if (value === null) return view.color ? "null" : "";
  return typeof value === "string" ? oneLine(value) : String(value);
}

/** Cuts the widest columns to one common width, as large as fits: narrow columns stay whole. */
export function fitWidths(natural: readonly number[], width: number | null): number[] {
  const room =
    width === null ? Number.POSITIVE_INFINITY : width - GAP.length * (natural.length - 1);
  const total = (cap: number) => natural.reduce((sum, each) => sum + Math.min(each, cap), 0);
  let cap = Math.max(MIN_WIDTH, ...natural);
  while (cap > MIN_WIDTH && total(cap) > room) cap--;
  return natural.map((each) => Math.min(each, cap));
}
