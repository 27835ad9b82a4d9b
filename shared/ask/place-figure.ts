/** Gives what says how a figure is told its role: parts of the rows, two values side by side, a unit. */
import type { PartScale } from "./operators.ts";
import type { Part } from "./parts.ts";
import type { Walk } from "./walk.ts";

export function placeFigure(walk: Walk, part: Part): void {
  const { frame } = walk;
  switch (part.kind) {
    case "versus":
      frame.versus = true;
      return;
    case "in_unit":
      frame.inUnitMs = part.unitMs;
      return;
    case "part":
      placePart(walk, part.scale);
      return;
    default:
      return;
  }
}

/** `share of orders`, `how many of them`: what follows the rows says which of them. */
function placePart({ frame, waiting }: Walk, scale: PartScale): void {
  const from = frame.tables.length > 0 ? frame.filters.length : undefined;
  frame.part = { scale, from, rank: waiting.rank };
  waiting.rank = undefined;
}
