/** Which programs say the same in another order: their chances belong together. */
import type { Joined, Program } from "./program.ts";

/** Equal for two programs that differ only in the order of what they show, group by and require. */
export function meaningOf(program: Program): string {
  const { select, where, group, having, order, set, ...rest } = program;
  return JSON.stringify([
    rest,
    sorted(select),
    requirements(where),
    sorted(group),
    requirements(having),
    order,
    set === undefined ? null : [set.operator, meaningOf(set.query)],
  ]);
}

function sorted(parts: readonly unknown[]): readonly string[] {
  return parts.map((part) => JSON.stringify(part)).sort();
}

/** Where `or` stands among them their order tells what it joins. */
function requirements(joined: readonly Joined[]): readonly string[] {
  return joined.some((one) => one.joiner === "or")
    ? joined.map((one) => JSON.stringify(one))
    : sorted(joined.map((one) => one.condition));
}
