/** The query that stands for a relation, made and written once for each view and each numbering of its parameters. */
import type { RelationView } from "./ports.ts";
import type { Node, Restriction, ShownView } from "./restriction.ts";
import type { WrittenQuery } from "./tree-text.ts";
import { viewQuery } from "./view-subquery.ts";

interface Known {
  /** What the view binds, in order. */
  readonly bound: readonly string[];
  readonly byNumbers: Map<string, ShownView>;
}

export type ViewMemory = (r: Pick<Restriction, "bind">, view: RelationView) => ShownView;

/** The numbers follow the statement's own parameters, so a view has a few forms; more than these are forgotten. */
const FORMS = 32;

export function createViewMemory(write: (query: Node, alias: string) => WrittenQuery): ViewMemory {
  const views = new WeakMap<RelationView, Known>();
  return (r, view) => {
    const known = views.get(view) ?? { bound: boundBy(view), byNumbers: new Map() };
    views.set(view, known);
    const numbers = known.bound.map((name) => r.bind(name)).join();
    const form = known.byNumbers.get(numbers);
    if (form !== undefined) return form;
    const query = viewQuery(r, view);
    const shown = { query, written: write(query, view.name) };
    if (known.byNumbers.size >= FORMS) known.byNumbers.clear();
    known.byNumbers.set(numbers, shown);
    return shown;
  };
}

function boundBy(view: RelationView): readonly string[] {
  const names: string[] = [];
  const note = (name: string): number => names.push(name);
  viewQuery({ bind: note }, view);
  return names;
}
