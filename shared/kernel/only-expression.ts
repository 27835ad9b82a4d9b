/** The one expression that a text is, in PostgreSQL's parse tree; for the rooms whose users write conditions and figures. */

type Fields = Readonly<Record<string, unknown>>;

/** Whatever the text did to its brackets: the tree must be `SELECT <one expression>` and nothing else. */
export function onlyExpression([statement, ...others]: readonly Fields[]): Fields | null {
  const select = statement?.SelectStmt as Fields | undefined;
  if (select === undefined || others.length > 0) return null;
  const clauses = Object.keys(select).filter((one) => one !== "limitOption" && one !== "op");
  const targets = (select.targetList ?? []) as readonly { ResTarget?: { val?: Fields } }[];
  const target = targets[0]?.ResTarget;
  if (clauses.join() !== "targetList" || targets.length !== 1 || target === undefined) return null;
  return "name" in target ? null : (target.val ?? null);
}
