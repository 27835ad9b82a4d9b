/** Refusals that the dialects whose views are written as text have in common. */
import type { RelationView, RestrictOutcome, TableName } from "./ports.ts";
import { shown } from "./refusals.ts";

export type Refused = Extract<RestrictOutcome, { kind: "refused" }>;

export const refused = (rule: string, message: string): Refused => ({
  kind: "refused",
  reasons: [{ rule, message }],
});

export const missing = (table: TableName): RestrictOutcome => ({ kind: "missing", table });

export const refusedPlan = (): Refused =>
  refused(
    "explain_restricted",
    "The plan cannot be shown: it would tell of rows and values that are kept from you.",
  );

export const unwritable = (): Refused =>
  refused(
    "statement_too_complex",
    "The statement cannot be written anew with your view of its tables: write it more simply.",
  );

export const refusedWhole = (views: readonly RelationView[]): Refused | null => {
  const withheld = views.find((view) => !view.wholeRows);
  return withheld === undefined
    ? null
    : refused(
        "hidden_columns",
        `${shown(withheld.name)} has columns that you may not read, so its rows cannot be had whole: name the columns you want.`,
      );
};

export const refusedPositions = (): Refused =>
  refused(
    "hidden_columns",
    "NATURAL JOIN and renaming columns by their position are refused, since a table of the statement has columns that you may not read or use.",
  );

export const refusedMask = (columns: ReadonlySet<string>): Refused =>
  refused(
    "masked_column",
    `Columns of the statement are masked for you (${[...columns].sort().slice(0, 5).map(shown).join(", ")}): a masked column may be selected as it is by one plain SELECT, and stand in no expression, condition, join, group, order, subquery or WITH.`,
  );

/** Rows or values are kept back. */
export const isNarrowed = (view: RelationView): boolean =>
  view.filter !== null || view.columns.some((column) => column.value !== null);

/** Columns that may be shown and used for nothing else. */
export const guardedNames = (
  views: readonly RelationView[],
  fold: (name: string) => string,
): ReadonlySet<string> =>
  new Set(
    views.flatMap(({ columns }) =>
      columns.filter((column) => column.guarded).map((column) => fold(column.name)),
    ),
  );
