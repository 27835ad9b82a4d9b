/** What a mask puts in a column's place. */
import type { AstNode } from "../sql/ports.ts";
import {
  asText,
  atMost,
  boolean,
  boundValue,
  call,
  column,
  integer,
  text,
  when,
} from "./expressions.ts";
import type { Mask } from "./ports.ts";

/** The name of the bound value that salts hashes. */
export const SALT = "mask_salt";

const STARS = "****";

/** A null of the column's own type, which the planner folds without reading the column. */
export const nullOf = (name: string): AstNode => when(boolean(false), column(name));

/** Keeps the column's type where the mask can: null and constants do, hash and partial are text. */
export function masked(name: string, mask: Mask): AstNode {
  switch (mask.kind) {
    case "null":
      return nullOf(name);
    case "constant":
      // The branch that is never taken gives the constant the column's type.
      return when(boolean(true), literal(mask.value), column(name));
    case "hash":
      return call(
        "encode",
        call(
          "sha256",
          call("convert_to", call("textcat", boundValue(SALT), asText(column(name))), text("UTF8")),
        ),
        text("hex"),
      );
    case "partial":
      return partial(asText(column(name)), mask.keepLast);
  }
}

function partial(value: AstNode, keepLast: number): AstNode {
  return when(
    atMost(call("length", value), integer(keepLast)),
    text(STARS),
    call("textcat", text(STARS), call("right", value, integer(keepLast))),
  );
}

function literal(value: string | number | boolean): AstNode {
  if (typeof value === "boolean") return boolean(value);
  // Without a type of its own, PostgreSQL reads the text as the column's.
  return text(String(value));
}

/** How much a mask shows; of two, the one that shows more wins where both are granted. */
export const SHOWN: Readonly<Record<Mask["kind"], number>> = {
  null: 1,
  constant: 2,
  hash: 3,
  partial: 4,
};
