/** Selected items as SQL. */
import type { Condition, Item, Term } from "./program.ts";
import { renderCondition } from "./render-condition.ts";
import type { Scope } from "./render-names.ts";
import { figureOf, renderTerm } from "./render-term.ts";

export function renderItem(item: Item, scope: Scope): string {
  switch (item.kind) {
    case "term":
      return renderTerm(item.term, scope);
    case "count_where":
      return `count(${caseOf(item.condition, scope)})`;
    case "share_where":
      return `${whole(scope)} * count(${caseOf(item.condition, scope)}) / nullif(count(*), 0)`;
    case "share_of_total": {
      const own = renderTerm(
        item.term.column === "*" ? { column: "*", aggregate: "count" } : item.term,
        scope,
      );
      return `${whole(scope)} * ${own} / nullif(sum(${own}) over (), 0)`;
    }
    case "ratio":
      return `1.0 * ${renderTerm(item.over, scope)} / nullif(${renderTerm(item.under, scope)}, 0)`;
  }
}

function whole({ shareOf = 100 }: Scope): string {
  return shareOf.toFixed(1);
}

function caseOf(condition: Condition, scope: Scope): string {
  return `case when ${renderCondition(condition, scope)} then 1 end`;
}

/** An aggregate of the rows that meet the condition. */
export function renderDuring(term: Term, condition: Condition, scope: Scope): string {
  const when = `case when ${renderCondition(condition, scope)} then`;
  if (term.column === "*") {
    return `count(${when} 1 end)`;
  }
  const name = figureOf(term, scope);
  const distinct = term.aggregate === "countd" ? "distinct " : "";
  return `${term.aggregate === "countd" ? "count" : term.aggregate}(${distinct}${when} ${name} end)`;
}

/** What the result calls a computed item; a plain column keeps its name. */
export function itemName(item: Item, { graph, shareOf }: Scope): string | undefined {
  const nameOf = (term: Term): string =>
    term.column === "*" ? "count" : (graph.columns[term.column]?.info.name ?? "");
  switch (item.kind) {
    case "term": {
      const { aggregate, grain, column } = item.term;
      if (aggregate === undefined) {
        return grain;
      }
      const fn = aggregate === "countd" ? "count" : aggregate;
      return column === "*" ? fn : `${fn}_${nameOf(item.term)}`;
    }
    case "count_where":
      return `count_${operandName(item.condition, graph)}`;
    case "share_where":
    case "share_of_total":
      return shareOf === 1 ? "share" : "percent";
    case "ratio":
      return "ratio";
  }
}

function operandName(condition: Condition, graph: Scope["graph"]): string {
  const { column } = condition.term;
  return column === "*" ? "rows" : (graph.columns[column]?.info.name ?? "rows");
}
