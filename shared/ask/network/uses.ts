/** Everything of the question and the schema that a program, with all its nested queries, makes use of. */
import type { Item, Joined, Operand, Program, Term } from "./program.ts";

export interface Uses {
  readonly tables: ReadonlySet<number>;
  readonly columns: ReadonlySet<number>;
  readonly values: readonly number[];
  /** Comparisons of a column with a value. */
  readonly compared: readonly (readonly [column: number, value: number])[];
  readonly queries: number;
  readonly conditions: number;
  readonly selected: number;
}

export function usesOf(program: Program): Uses {
  const found = new Collector();
  found.query(program);
  return { ...found.uses(), selected: program.select.length };
}

class Collector {
  private readonly tables = new Set<number>();
  private readonly columns = new Set<number>();
  private readonly values: number[] = [];
  private readonly compared: [number, number][] = [];
  private queries = 0;
  private conditions = 0;

  uses(): Omit<Uses, "selected"> {
    return {
      tables: this.tables,
      columns: this.columns,
      values: this.values,
      compared: this.compared,
      queries: this.queries,
      conditions: this.conditions,
    };
  }

  query(one: Program): void {
    this.queries += 1;
    for (const table of one.tables) {
      this.tables.add(table);
    }
    for (const item of one.select) {
      this.item(item);
    }
    this.joined(one.where);
    this.joined(one.having);
    for (const term of [...one.group, ...one.order]) {
      this.term(term);
    }
    if (one.limit !== undefined) {
      this.values.push(one.limit);
    }
    if (one.per !== undefined) {
      this.columns.add(one.per);
    }
    if (one.set !== undefined) {
      this.query(one.set.query);
    }
  }

  private item(one: Item): void {
    switch (one.kind) {
      case "term":
      case "share_of_total":
        this.term(one.term);
        break;
      case "ratio":
        this.term(one.over);
        this.term(one.under);
        break;
      case "count_where":
      case "share_where":
        this.joined([{ joiner: "and", condition: one.condition }]);
    }
  }

  private term(one: Term): void {
    if (one.column !== "*") {
      this.columns.add(one.column);
    }
  }

  private joined(all: readonly Joined[]): void {
    for (const { condition } of all) {
      this.conditions += 1;
      this.term(condition.term);
      this.operand(condition.term, condition.operand);
    }
  }

  private operand({ column, aggregate }: Term, operand: Operand): void {
    switch (operand.kind) {
      case "query":
        this.query(operand.query);
        break;
      case "column":
        this.columns.add(operand.column);
        break;
      case "values":
        this.values.push(...operand.values);
        if (column !== "*" && aggregate === undefined) {
          this.compared.push(...operand.values.map((at): [number, number] => [column, at]));
        }
    }
  }
}
