/** The kinds of relation between two items of a question, by number. The trained weights know these numbers: append only. */
export const RELATIONS = 64;

export const relation = {
  /** Question to question, by distance -2 … 2: 1 … 5. */
  near: 3,
  /** Question to column and back. `+ strength` of `match`. */
  questionColumn: 6,
  columnQuestion: 11,
  questionTable: 16,
  tableQuestion: 21,
  questionColumnNone: 26,
  columnQuestionNone: 27,
  questionTableNone: 28,
  tableQuestionNone: 29,
  sameTable: 30,
  otherTable: 31,
  columnSelf: 32,
  refersTo: 33,
  referredBy: 34,
  sameName: 35,
  columnOtherTable: 36,
  columnOwnTable: 37,
  keyOwnTable: 38,
  tableOtherColumn: 39,
  tableOwnColumn: 40,
  tableOwnKey: 41,
  tableNone: 42,
  tableRefersTo: 43,
  tableReferredBy: 44,
  tableSelf: 45,
  valueQuestion: 46,
  valueItsToken: 47,
  questionValue: 48,
  tokenItsValue: 49,
  valueColumn: 50,
  valueNumberColumn: 51,
  valueStoredIn: 52,
  periodTimeColumn: 53,
  columnValue: 54,
  numberColumnValue: 55,
  storesValue: 56,
  timeColumnPeriod: 57,
  tokenStoredIn: 58,
  storesToken: 59,
  valueTable: 60,
  tableValue: 61,
  valueValue: 62,
  valueSelf: 63,
} as const;

/** How a word of the question meets a name; higher is stronger, and the strongest counts. */
export const match = { related: 0, synonym: 1, root: 2, part: 3, whole: 4 } as const;
export type MatchStrength = (typeof match)[keyof typeof match];

/** Whether a word of the question meets the name of a column or a table. @param least How strongly. */
export function meetsName(kind: number, least: MatchStrength = match.related): boolean {
  const { questionColumn, questionTable } = relation;
  return (
    (kind >= questionColumn + least && kind <= questionColumn + match.whole) ||
    (kind >= questionTable + least && kind <= questionTable + match.whole)
  );
}
