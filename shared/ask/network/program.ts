/** The typed query the network writes: a tree that can name only columns, tables and values there are. */
import type {
  ProgramAggregate,
  ProgramGrain,
  ProgramOperator,
  SetOperator,
  Step,
} from "./vocabulary.ts";
import { aggregates, grains, operators, setOperators } from "./vocabulary.ts";

/** A column (its position in the graph) or `*`, with what is made of it. */
export interface Term {
  readonly aggregate?: ProgramAggregate;
  readonly grain?: ProgramGrain;
  readonly column: number | "*";
}

export type Item =
  | { readonly kind: "term"; readonly term: Term }
  /** Rows that meet the condition. */
  | { readonly kind: "count_where"; readonly condition: Condition }
  /** Percent of rows that meet the condition. */
  | { readonly kind: "share_where"; readonly condition: Condition }
  /** Percent of the whole that this group's term is. */
  | { readonly kind: "share_of_total"; readonly term: Term }
  | { readonly kind: "ratio"; readonly over: Term; readonly under: Term };

export function isAggregate(term: Term): boolean {
  return term.aggregate !== undefined;
}

/** Something computed over rows, and not a column shown as it is. */
export function isFigure(item: Item): boolean {
  return item.kind !== "term" || isAggregate(item.term);
}

/** What a condition compares with: positions of values, a column, or a query. */
export type Operand =
  | { readonly kind: "values"; readonly values: readonly number[] }
  | { readonly kind: "column"; readonly column: number }
  | { readonly kind: "query"; readonly query: Program };

export interface Condition {
  readonly term: Term;
  readonly operator: ProgramOperator;
  readonly operand: Operand;
}

/** Left to right; `and` binds closer than `or`, as in SQL. */
export interface Joined {
  readonly joiner: "and" | "or";
  readonly condition: Condition;
}

export interface Program {
  readonly tables: readonly number[];
  readonly distinct: boolean;
  readonly select: readonly Item[];
  readonly where: readonly Joined[];
  readonly group: readonly Term[];
  readonly having: readonly Joined[];
  readonly order: readonly Term[];
  readonly descending: boolean;
  /** How groups come that are alike in what a descending order asks for, where someone wrote it. */
  readonly ties?: "ascending" | "descending";
  /** Position of the value. */
  readonly limit?: number;
  /** The limit holds within each value of this column. */
  readonly per?: number;
  readonly set?: { readonly operator: SetOperator; readonly query: Program };
}

/** What a program is made from; by itself it asks nothing. */
export const emptyProgram: Program = {
  tables: [],
  distinct: false,
  select: [],
  where: [],
  group: [],
  having: [],
  order: [],
  descending: false,
};

/** @throws SyntaxError for steps that are no program; what the grammar allows always is one. */
export function readProgram(steps: readonly Step[]): Program {
  const reader = new ProgramReader(steps);
  const program = reader.query();
  reader.end();
  return program;
}

class ProgramReader {
  private at = 0;
  private readonly steps: readonly Step[];

  constructor(steps: readonly Step[]) {
    this.steps = steps;
  }

  end(): void {
    if (this.at !== this.steps.length) {
      throw new SyntaxError(`the program goes on after its end, at step ${this.at}`);
    }
  }

  query(): Program {
    const tables: number[] = [];
    while (this.peek()?.kind === "table") {
      tables.push(this.take("table"));
    }
    this.expect("select");
    const distinct = this.accept("distinct");
    const select: Item[] = [];
    while (this.startsItem()) {
      select.push(this.item());
    }
    if (select.length === 0) {
      throw new SyntaxError("the program selects nothing");
    }
    const where = this.accept("where") ? this.conditions() : [];
    const group: Term[] = [];
    if (this.accept("group")) {
      while (this.startsTerm()) {
        group.push(this.term());
      }
    }
    const having = this.accept("having") ? this.conditions() : [];
    return { tables, distinct, select, where, group, having, ...this.tail() };
  }

  private tail(): Pick<Program, "order" | "descending" | "limit" | "per" | "set"> {
    const order: Term[] = [];
    let descending = false;
    if (this.accept("order")) {
      descending = this.accept("desc");
      if (!descending) {
        this.expect("asc");
      }
      while (this.startsTerm()) {
        order.push(this.term());
      }
    }
    const limit = this.accept("limit") ? this.take("value") : undefined;
    const per = limit !== undefined && this.accept("per") ? this.take("column") : undefined;
    const operator = setOperators.find((word) => this.accept(word));
    return {
      order,
      descending,
      ...(limit === undefined ? {} : { limit }),
      ...(per === undefined ? {} : { per }),
      ...(operator === undefined ? {} : { set: { operator, query: this.query() } }),
    };
  }

  private item(): Item {
    if (this.accept("ratio")) {
      return { kind: "ratio", over: this.term(), under: this.term() };
    }
    if (this.accept("share")) {
      return this.accept("(")
        ? { kind: "share_where", condition: this.enclosed() }
        : { kind: "share_of_total", term: this.term() };
    }
    const next = this.steps[this.at + 1];
    if (this.word() === "count" && next?.kind === "word" && next.word === "(") {
      this.at += 2;
      return { kind: "count_where", condition: this.enclosed() };
    }
    return { kind: "term", term: this.term() };
  }

  private enclosed(): Condition {
    const condition = this.condition();
    this.expect(")");
    return condition;
  }

  private term(): Term {
    const aggregate = aggregates.find((word) => this.accept(word));
    const grain = aggregate === undefined ? grains.find((word) => this.accept(word)) : undefined;
    const column = this.accept("*") ? "*" : this.take("column");
    return {
      column,
      ...(aggregate === undefined ? {} : { aggregate }),
      ...(grain === undefined ? {} : { grain }),
    };
  }

  private conditions(): readonly Joined[] {
    const joined: Joined[] = [{ joiner: "and", condition: this.condition() }];
    while (this.word() === "and" || this.word() === "or") {
      const joiner = this.accept("and") ? "and" : "or";
      if (joiner === "or") {
        this.expect("or");
      }
      joined.push({ joiner, condition: this.condition() });
    }
    return joined;
  }

  private condition(): Condition {
    const term = this.term();
    const operator = operators.find((word) => this.accept(word));
    if (operator === undefined) {
      throw new SyntaxError(`step ${this.at} should compare`);
    }
    return { term, operator, operand: this.operand(operator) };
  }

  private operand(operator: ProgramOperator): Operand {
    if (operator === "isnull" || operator === "notnull") {
      return { kind: "values", values: [] };
    }
    if (/between|versus/.test(operator)) {
      return { kind: "values", values: [this.take("value"), this.take("value")] };
    }
    if (this.accept("(")) {
      const query = this.query();
      this.expect(")");
      return { kind: "query", query };
    }
    return this.peek()?.kind === "column"
      ? { kind: "column", column: this.take("column") }
      : { kind: "values", values: [this.take("value")] };
  }

  private startsItem(): boolean {
    return this.startsTerm() || this.word() === "share" || this.word() === "ratio";
  }

  private startsTerm(): boolean {
    const words: readonly (string | undefined)[] = ["*", ...aggregates, ...grains];
    return this.peek()?.kind === "column" || words.includes(this.word());
  }

  private peek(): Step | undefined {
    return this.steps[this.at];
  }

  private word(): string | undefined {
    const step = this.peek();
    return step?.kind === "word" ? step.word : undefined;
  }

  private accept(word: string): boolean {
    const is = this.word() === word;
    this.at += is ? 1 : 0;
    return is;
  }

  private expect(word: string): void {
    if (!this.accept(word)) {
      throw new SyntaxError(`step ${this.at} should be ${word}`);
    }
  }

  private take(kind: "column" | "table" | "value"): number {
    const step = this.peek();
    if (step === undefined || step.kind === "word" || step.kind !== kind) {
      throw new SyntaxError(`step ${this.at} should be a ${kind}`);
    }
    this.at += 1;
    return step.at;
  }
}

/** The steps that `readProgram` reads back as this program. */
export function writeProgram(program: Program): readonly Step[] {
  const { tables, distinct, select, where, group, having, order, descending } = program;
  const { limit, per, set } = program;
  return [
    ...tables.map((at): Step => ({ kind: "table", at })),
    word("select"),
    ...(distinct ? [word("distinct")] : []),
    ...select.flatMap(writeItem),
    ...(where.length > 0 ? [word("where"), ...writeJoined(where)] : []),
    ...(group.length > 0 ? [word("group"), ...group.flatMap(writeTerm)] : []),
    ...(having.length > 0 ? [word("having"), ...writeJoined(having)] : []),
    ...(order.length > 0
      ? [word("order"), word(descending ? "desc" : "asc"), ...order.flatMap(writeTerm)]
      : []),
    ...(limit === undefined ? [] : [word("limit"), value(limit)]),
    ...(per === undefined ? [] : [word("per"), column(per)]),
    ...(set === undefined ? [] : [word(set.operator), ...writeProgram(set.query)]),
  ];
}

function writeItem(item: Item): readonly Step[] {
  switch (item.kind) {
    case "term":
      return writeTerm(item.term);
    case "ratio":
      return [word("ratio"), ...writeTerm(item.over), ...writeTerm(item.under)];
    case "share_of_total":
      return [word("share"), ...writeTerm(item.term)];
    case "share_where":
      return [word("share"), word("("), ...writeCondition(item.condition), word(")")];
    case "count_where":
      return [word("count"), word("("), ...writeCondition(item.condition), word(")")];
  }
}

function writeTerm(term: Term): readonly Step[] {
  return [
    ...(term.aggregate === undefined ? [] : [word(term.aggregate)]),
    ...(term.grain === undefined ? [] : [word(term.grain)]),
    term.column === "*" ? word("*") : column(term.column),
  ];
}

function writeJoined(joined: readonly Joined[]): readonly Step[] {
  return joined.flatMap(({ joiner, condition }, at) => [
    ...(at === 0 ? [] : [word(joiner)]),
    ...writeCondition(condition),
  ]);
}

function writeCondition({ term, operator, operand }: Condition): readonly Step[] {
  const left = [...writeTerm(term), word(operator)];
  switch (operand.kind) {
    case "values":
      return [...left, ...operand.values.map(value)];
    case "column":
      return [...left, column(operand.column)];
    case "query":
      return [...left, word("("), ...writeProgram(operand.query), word(")")];
  }
}

function word(one: Extract<Step, { kind: "word" }>["word"]): Step {
  return { kind: "word", word: one };
}

function column(at: number): Step {
  return { kind: "column", at };
}

function value(at: number): Step {
  return { kind: "value", at };
}
