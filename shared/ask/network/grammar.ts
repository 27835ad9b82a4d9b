/** Which step may follow which, so that whatever the network writes is a program over what there is. */
import type { ValueCandidate } from "./candidates.ts";
import { type Demands, noDemands } from "./demands.ts";
import type { SchemaGraph } from "./graph.ts";
import {
  aggregates,
  comparisons,
  GRAMMAR_SIZE,
  type GrammarWord,
  grains,
  grammarId,
  grammarWords,
  likes,
  setOperators,
} from "./vocabulary.ts";
import type { Wishes } from "./wishes.ts";

const MOST_TABLES = 5;
const MOST_ITEMS = 6;
const MOST_CONDITIONS = 5;
const MOST_GROUPS = 5;
const DEEPEST = 2;
export const MOST_STEPS = 62;

/** What may come next. */
interface Offer {
  readonly allowed: readonly number[];
  /** Of those, what is otherwise than the question says. */
  readonly against: readonly number[];
}

type Part<T> = Generator<Offer | readonly number[], T, number>;
type Steps = Part<void>;

/** Follows one program as it is written. A copy is made by replaying its steps. */
export interface Follower {
  /** Tokens that may come next; none once the program is complete, or where what a table has no column for was begun. */
  readonly allowed: readonly number[];
  /** Of those, what is otherwise than the question says: its words may mean something else, too. */
  readonly against: readonly number[];
  readonly complete: boolean;
  /** @throws RangeError where the token is not allowed. */
  follow(token: number): Follower;
}

/** By logarithm: so much less likely is what is otherwise than the question says. */
const OTHERWISE = 6;

export function costOf(token: number, { against }: Follower): number {
  return against.includes(token) ? OTHERWISE : 0;
}

export function startProgram(
  graph: SchemaGraph,
  candidates: readonly ValueCandidate[],
  wishes: Wishes,
  demands = noDemands,
): Follower {
  return follower(new Rules(graph, candidates, { wishes, demands }), []);
}

function follower(rules: Rules, steps: readonly number[]): Follower {
  const run = rules.program();
  let next = run.next();
  for (const step of steps) {
    next = run.next(step);
  }
  const { allowed, against } = offered(next.done === true ? [] : next.value);
  return {
    allowed,
    against,
    complete: next.done === true,
    follow: (token) => {
      if (!allowed.includes(token)) {
        throw new RangeError(`step ${steps.length} may not be ${token}`);
      }
      return follower(rules, [...steps, token]);
    },
  };
}

function offered(offer: Offer | readonly number[]): Offer {
  return "allowed" in offer ? offer : { allowed: offer, against: [] };
}

const ids = (words: readonly GrammarWord[]): readonly number[] => words.map(grammarId);
const aggregateIds = ids(aggregates);
const grainIds = ids(grains);
const comparisonIds = ids(comparisons);
const likeIds = ids(likes);
const setIds = ids(setOperators);
const id = {
  end: grammarId("<end>"),
  select: grammarId("select"),
  distinct: grammarId("distinct"),
  star: grammarId("*"),
  count: grammarId("count"),
  countDistinct: grammarId("countd"),
  largest: grammarId("max"),
  least: grammarId("min"),
  where: grammarId("where"),
  and: grammarId("and"),
  or: grammarId("or"),
  in: grammarId("in"),
  notIn: grammarId("notin"),
  between: grammarId("between"),
  notBetween: grammarId("notbetween"),
  isNull: grammarId("isnull"),
  notNull: grammarId("notnull"),
  group: grammarId("group"),
  having: grammarId("having"),
  order: grammarId("order"),
  ascending: grammarId("asc"),
  descending: grammarId("desc"),
  limit: grammarId("limit"),
  open: grammarId("("),
  close: grammarId(")"),
  period: grammarId("period"),
  versus: grammarId("versus"),
  share: grammarId("share"),
  ratio: grammarId("ratio"),
  per: grammarId("per"),
} as const;

/** Of the tables a query has chosen: their columns, as tokens, by what may be done with them. */
interface Choice {
  readonly tables: readonly number[];
  readonly columns: readonly number[];
  readonly numbers: readonly number[];
  readonly times: readonly number[];
}

class Rules {
  private readonly graph: SchemaGraph;
  private readonly wishes: Wishes;
  private readonly demands: Demands;
  private readonly tableStart: number;
  private readonly valueStart: number;
  private readonly plainValues: readonly number[];
  private readonly periods: readonly number[];
  private readonly counts: readonly number[];

  constructor(
    graph: SchemaGraph,
    candidates: readonly ValueCandidate[],
    { wishes, demands }: { readonly wishes: Wishes; readonly demands: Demands },
  ) {
    this.graph = graph;
    this.wishes = wishes;
    this.demands = demands;
    this.tableStart = GRAMMAR_SIZE + graph.columns.length;
    const valueStart = this.tableStart + graph.tables.length;
    this.valueStart = valueStart;
    const of = (kinds: readonly ValueCandidate["kind"][]): readonly number[] =>
      candidates.flatMap((one, at) => (kinds.includes(one.kind) ? [valueStart + at] : []));
    this.plainValues = of(["text", "number", "one"]);
    this.periods = of(["period"]);
    this.counts = of(["number", "one"]);
  }

  *program(): Steps {
    yield* this.query(0);
  }

  /** Yields until the token that ends this query has been taken. @param width Items it must select; any if absent. */
  private *query(depth: number, width?: number): Part<void> {
    const choice = yield* this.tables();
    const end = depth > 0 ? id.close : id.end;
    const sets = depth < 2 && choice !== undefined ? setIds : [];
    const done = [end, ...sets];
    const items = yield* this.items(choice, done, width);
    let { token } = items;
    if (token === id.where) {
      token = yield* this.conditions(choice, depth, false, [id.group, id.order, ...done]);
    }
    if (token === id.group) {
      token = yield* this.groups(choice, [id.having, id.order, ...done]);
      if (token === id.having) {
        token = yield* this.conditions(choice, depth, true, [id.order, ...done]);
      }
    }
    if (token === id.order) {
      token = yield* this.order(choice, done);
    }
    if (setIds.includes(token)) {
      yield* this.query(depth, items.count);
    }
  }

  private *tables(): Part<Choice> {
    const all = this.graph.tables.map((_, at) => this.tableStart + at);
    const chosen: number[] = [yield all];
    while (true) {
      const last = chosen.at(-1) ?? 0;
      const more = chosen.length < MOST_TABLES ? all.filter((one) => one > last) : [];
      const token = yield [id.select, ...more];
      if (token === id.select) {
        return this.choiceOf(chosen.map((one) => one - this.tableStart));
      }
      chosen.push(token);
    }
  }

  private choiceOf(tables: readonly number[]): Choice {
    const columns = this.graph.columns.flatMap((column, at) =>
      tables.includes(column.table) ? [{ token: GRAMMAR_SIZE + at, kind: column.kind }] : [],
    );
    return {
      tables,
      columns: columns.map((one) => one.token),
      numbers: columns.flatMap((one) => (one.kind === "time" ? [] : [one.token])),
      times: columns.flatMap((one) => (one.kind === "time" ? [one.token] : [])),
    };
  }

  private *items(
    choice: Choice,
    done: readonly number[],
    width: number | undefined,
  ): Part<{ readonly token: number; readonly count: number }> {
    const grain = this.wishes.grain && choice.times.length > 0 ? grainIds : [];
    const figures = [
      ...(this.wishes.share ? [id.share] : []),
      ...(this.wishes.ratio ? [id.ratio] : []),
    ];
    const first = [...aggregateIds, id.star, ...figures, ...grain, ...choice.columns];
    const isWhole = this.demands.everything && done.includes(id.end);
    const against = isWhole ? first.filter((one) => one !== id.star) : [];
    let token = yield { allowed: [id.distinct, ...first], against };
    if (token === id.distinct) {
      token = yield { allowed: first, against };
    }
    for (let count = 1; ; count += 1) {
      yield* this.item(token, choice);
      const more = count < (width ?? MOST_ITEMS) ? first : [];
      const after =
        width === undefined || count === width ? [id.where, id.group, id.order, ...done] : [];
      token = yield [...more, ...after];
      if (!more.includes(token)) {
        return { token, count };
      }
    }
  }

  /** What follows the first token of a selected item. */
  private *item(token: number, choice: Choice): Part<void> {
    if (token === id.ratio) {
      yield* this.rest(yield aggregateIds, choice);
      yield* this.rest(yield aggregateIds, choice);
    } else if (token === id.share) {
      const inner = yield [id.open, id.star, id.count, grammarId("sum")];
      yield* inner === id.open ? this.enclosed(choice) : this.rest(inner, choice);
    } else if (token === id.count) {
      const inner = yield [id.star, id.open, ...choice.columns];
      if (inner === id.open) {
        yield* this.enclosed(choice);
      }
    } else {
      yield* this.rest(token, choice);
    }
  }

  private *enclosed(choice: Choice): Part<void> {
    const term = yield choice.columns;
    const operator = yield [...comparisonIds, id.isNull, id.notNull];
    if (operator !== id.isNull && operator !== id.notNull) {
      yield this.values(operator, term, choice);
    }
    yield [id.close];
  }

  /** What completes a term that began with this token. */
  private *rest(token: number, choice: Choice): Part<void> {
    if (token === id.count) {
      yield [id.star, ...choice.columns];
    } else if (token === id.countDistinct || token === id.largest || token === id.least) {
      yield choice.columns;
    } else if (aggregateIds.includes(token)) {
      yield choice.numbers.length > 0 ? choice.numbers : choice.columns;
    } else if (grainIds.includes(token)) {
      yield choice.times;
    }
  }

  private *conditions(
    choice: Choice,
    depth: number,
    having: boolean,
    after: readonly number[],
  ): Part<number> {
    for (let count = 1; ; count += 1) {
      const term = yield having ? [...aggregateIds, ...choice.columns] : choice.columns;
      yield* this.rest(term, choice);
      yield* this.comparison(choice, depth, term, having);
      const more = count < MOST_CONDITIONS ? [id.and, id.or] : [];
      const token = yield [...more, ...after];
      if (!more.includes(token)) {
        return token;
      }
    }
  }

  private *comparison(choice: Choice, depth: number, term: number, having: boolean): Part<void> {
    const isTime = choice.times.includes(term) && this.periods.length > 0;
    const spans = isTime
      ? [id.period, ...(this.periods.length > 1 && this.wishes.versus ? [id.versus] : [])]
      : [];
    const nested = depth < DEEPEST ? [id.in, id.notIn] : [];
    const onlyWhere = having ? [] : [...likeIds, ...nested, id.isNull, id.notNull, ...spans];
    const operator = yield [...comparisonIds, id.between, id.notBetween, ...onlyWhere];
    if (operator === id.isNull || operator === id.notNull) {
      return;
    }
    if (operator === id.period || operator === id.versus) {
      yield this.periods;
      if (operator === id.versus) {
        yield this.periods;
      }
    } else if (operator === id.between || operator === id.notBetween) {
      yield this.values(operator, term, choice);
      yield this.values(operator, term, choice);
    } else if (likeIds.includes(operator)) {
      yield this.values(operator, term, choice);
    } else if (operator === id.in || operator === id.notIn) {
      yield [id.open];
      yield* this.query(depth + 1, 1);
    } else {
      const { allowed, against } = this.values(operator, term, choice);
      const query = depth < DEEPEST ? [id.open] : [];
      const columns = having ? [] : choice.columns;
      const token = yield { allowed: [...allowed, ...query, ...columns], against };
      if (token === id.open) {
        yield* this.query(depth + 1, 1);
      }
    }
  }

  /** @param term The first token of what they are compared with. */
  private values(operator: number, term: number, { tables }: Choice): Offer {
    const comparison = {
      operator: grammarWords[operator] ?? "=",
      column: term < GRAMMAR_SIZE ? undefined : term - GRAMMAR_SIZE,
      isCount: term === id.count || term === id.countDistinct,
      tables,
    };
    const { values } = this.demands;
    const against = this.plainValues.filter(
      (one) => values[one - this.valueStart]?.agrees(comparison) === false,
    );
    return { allowed: this.plainValues, against };
  }

  private *groups(choice: Choice, after: readonly number[]): Part<number> {
    const grain = this.wishes.grain && choice.times.length > 0 ? grainIds : [];
    const first = [...choice.columns, ...grain];
    yield* this.rest(yield first, choice);
    for (let count = 1; ; count += 1) {
      const more = count < MOST_GROUPS ? first : [];
      const token = yield [...more, ...after];
      if (!more.includes(token)) {
        return token;
      }
      yield* this.rest(token, choice);
    }
  }

  private *order(choice: Choice, done: readonly number[]): Part<number> {
    yield [id.ascending, id.descending];
    const grain = this.wishes.grain && choice.times.length > 0 ? grainIds : [];
    const first = [...aggregateIds, ...grain, ...choice.columns];
    yield* this.rest(yield first, choice);
    let token = yield [...first, id.limit, ...done];
    if (first.includes(token)) {
      yield* this.rest(token, choice);
      token = yield [id.limit, ...done];
    }
    if (token !== id.limit) {
      return token;
    }
    const { values } = this.demands;
    const against = this.counts.filter((one) => values[one - this.valueStart]?.mayLimit === false);
    yield { allowed: this.counts, against };
    token = yield [...(this.wishes.per ? [id.per] : []), ...done];
    if (token === id.per) {
      yield choice.columns;
      token = yield done;
    }
    return token;
  }
}
