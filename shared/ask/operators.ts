/** Phrases that say what to do with what a question names: count, sum, group, compare, rank, negate. */

export type PlainAggregate = "sum" | "avg" | "min" | "max";
/** The share of rows whose value is at most the figure. */
export const percentiles = { median: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;
export type Percentile = keyof typeof percentiles;
export type Aggregate = PlainAggregate | Percentile;
export type Comparison = ">" | ">=" | "<" | "<=" | "=" | "<>";
export type Grain = "hour" | "day" | "week" | "month" | "quarter" | "year";

export type Operator =
  | { readonly kind: "count" }
  | { readonly kind: "aggregate"; readonly fn: Aggregate }
  | { readonly kind: "group" }
  | { readonly kind: "order" }
  | { readonly kind: "direction"; readonly descending: boolean }
  | { readonly kind: "rank"; readonly descending: boolean }
  | { readonly kind: "first"; readonly descending: boolean }
  | { readonly kind: "compare"; readonly op: Comparison; readonly concept?: string }
  | { readonly kind: "between" }
  | { readonly kind: "missing"; readonly negated: boolean }
  | { readonly kind: "without" }
  | { readonly kind: "not" }
  | { readonly kind: "distinct" }
  | { readonly kind: "which" }
  | { readonly kind: "concept"; readonly concept: string }
  | { readonly kind: "grain"; readonly grain: Grain }
  /** Of the rows named first, how many are what is said next: all in all, or for each hundred of them. */
  | { readonly kind: "part"; readonly scale: PartScale }
  /** `in hours`: what a figure of time is told in. */
  | { readonly kind: "in_unit"; readonly unitMs: number }
  /** `storage versus compute`: a figure for each of two values. */
  | { readonly kind: "versus" }
  /** `made by`: who did it, not what to group by. */
  | { readonly kind: "agent" }
  /** `across all`: a figure for all of them together, not one for each. */
  | { readonly kind: "together" }
  | { readonly kind: "and" }
  | { readonly kind: "or" };

/** A share from 0 to 1, a percentage, or the plain number. */
export type PartScale = "share" | "percent" | "number";

const compare = (op: Comparison, concept?: string): Operator =>
  concept === undefined ? { kind: "compare", op } : { kind: "compare", op, concept };
const spell = (operator: Operator, phrases: string): readonly (readonly [string, Operator])[] =>
  phrases.split("|").map((phrase) => [phrase.trim(), operator] as const);

/** Lower-case words joined by blanks; the longest phrase at a place wins. */
export const operatorPhrases: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ...spell(
    { kind: "count" },
    "how many|number of|the number of|count of|count|counts|total number of|amount of|how often",
  ),
  ...spell(
    { kind: "aggregate", fn: "sum" },
    "total|sum|sum of|total of|combined|how much|altogether",
  ),
  ...spell({ kind: "aggregate", fn: "avg" }, "average|avg|mean|on average|average of"),
  ...spell({ kind: "aggregate", fn: "min" }, "minimum|min"),
  ...spell({ kind: "aggregate", fn: "max" }, "maximum|max"),
  ...spell({ kind: "aggregate", fn: "median" }, "median|median of|p50|50th percentile"),
  ...spell({ kind: "aggregate", fn: "p90" }, "p90|90th percentile"),
  ...spell({ kind: "aggregate", fn: "p95" }, "p95|95th percentile"),
  ...spell({ kind: "aggregate", fn: "p99" }, "p99|99th percentile"),
  ...spell(
    { kind: "part", scale: "share" },
    "share of|fraction of|proportion of|part of|share of all|share of the|share of our",
  ),
  ...spell({ kind: "part", scale: "percent" }, "percentage of|percent of|% of|percentage of all"),
  ...spell(
    { kind: "part", scale: "number" },
    "how many of them|how many of those|how many of these",
  ),
  ...spell({ kind: "in_unit", unitMs: 1 }, "in ms|in milliseconds"),
  ...spell({ kind: "in_unit", unitMs: 1_000 }, "in seconds"),
  ...spell({ kind: "in_unit", unitMs: 60_000 }, "in minutes"),
  ...spell({ kind: "in_unit", unitMs: 3_600_000 }, "in hours"),
  ...spell({ kind: "in_unit", unitMs: 86_400_000 }, "in days"),
  ...spell({ kind: "versus" }, "vs|versus|compared with|compared to|as against"),
  ...spell(
    { kind: "group" },
    "by|per|for each|for every|in each|of each|each|every|grouped by|group by|broken down by|split by|across|in every",
  ),
  ...spell({ kind: "order" }, "sorted by|ordered by|order by|sort by|ranked by|sorted|in order of"),
  ...spell(
    { kind: "direction", descending: true },
    "descending|desc|highest first|newest first|latest first|largest first|biggest first|most recent first|most first|most frequent first|most common first",
  ),
  ...spell(
    { kind: "direction", descending: false },
    "ascending|asc|lowest first|oldest first|alphabetically|smallest first|earliest first|fewest first|least frequent first",
  ),
  ...spell(
    { kind: "rank", descending: true },
    "most|highest|greatest|max number of|the most|best|largest number of",
  ),
  ...spell({ kind: "rank", descending: false }, "least|lowest|fewest|smallest number of|worst"),
  ...spell({ kind: "first", descending: true }, "top|last"),
  ...spell({ kind: "first", descending: false }, "bottom|first"),
  ...spell(
    compare(">"),
    "more than|over|above|greater than|higher than|larger than|bigger than|exceeding|exceeds|exceed|>|in excess of",
  ),
  ...spell(
    compare(">="),
    "at least|no less than|not less than|or more|minimum of|>=|greater than or equal to",
  ),
  ...spell(compare("<"), "less than|under|below|fewer than|lower than|smaller than|<"),
  ...spell(
    compare("<="),
    "at most|no more than|not more than|up to|maximum of|<=|less than or equal to",
  ),
  ...spell(compare("="), "exactly|equal to|equals|="),
  ...spell(compare("<>"), "!=|<>"),
  ...spell(
    compare(">", "duration"),
    "longer than|took more than|taking more than|took longer than|taking longer than",
  ),
  ...spell(compare("<", "duration"), "shorter than|took less than|taking less than|faster than"),
  ...spell(compare(">", "price"), "more expensive than|costing more than|priced above|priced over"),
  ...spell(compare("<", "price"), "cheaper than|costing less than|priced below|priced under"),
  ...spell({ kind: "between" }, "between"),
  ...spell(
    { kind: "missing", negated: false },
    "missing|null|empty|unknown|blank|is missing|is null|is empty|is unknown|not set|is not set|is blank|not known",
  ),
  ...spell(
    { kind: "missing", negated: true },
    "is not null|not null|is not missing|is known|is set|not missing|not empty|is not empty",
  ),
  ...spell(
    { kind: "without" },
    "without|without any|with no|have no|has no|having no|lacking|that have never|who have never|who never|never|do not have any|did not have any|do not have|does not have|not yet",
  ),
  ...spell({ kind: "not" }, "not|non|except|excluding|other than|apart from|but not|no longer"),
  ...spell({ kind: "distinct" }, "distinct|unique|different"),
  ...spell({ kind: "which" }, "which|what"),
  ...spell({ kind: "grain", grain: "hour" }, "hourly|by hour|per hour|each hour|every hour"),
  ...spell(
    { kind: "grain", grain: "day" },
    "daily|by day|per day|each day|every day|by date|day by day|for each day",
  ),
  ...spell(
    { kind: "grain", grain: "week" },
    "weekly|by week|per week|each week|every week|week by week|for each week",
  ),
  ...spell(
    { kind: "grain", grain: "month" },
    "monthly|by month|per month|each month|every month|month by month|for each month",
  ),
  ...spell(
    { kind: "grain", grain: "quarter" },
    "quarterly|by quarter|per quarter|each quarter|every quarter|for each quarter",
  ),
  ...spell(
    { kind: "grain", grain: "year" },
    "yearly|annual|annually|by year|per year|each year|every year|for each year",
  ),
  ...spell({ kind: "and" }, "and|,|&|as well as"),
  ...spell(
    { kind: "agent" },
    "made by|placed by|owned by|done by|bought by|handled by|created by|opened by|served by|given by|used by|submitted by|run by|caused by|sold by|paid by|managed by|worked by",
  ),
  ...spell(
    { kind: "together" },
    "across all|across all the|across all of the|across all our|over all|over all the|over all of the",
  ),
  ...spell({ kind: "or" }, "or"),
]);

export const longestOperatorWords = 5;

/** How many of a unit's base (milliseconds) one unit holds, for durations such as `10 minutes`. */
export const durationUnits: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["msec", 1],
  ["millisecond", 1],
  ["s", 1_000],
  ["sec", 1_000],
  ["second", 1_000],
  ["min", 60_000],
  ["minute", 60_000],
  ["h", 3_600_000],
  ["hr", 3_600_000],
  ["hour", 3_600_000],
  ["day", 86_400_000],
  ["week", 604_800_000],
]);

/** Units that say no more than that the number is an amount of money or a plain count. */
export const silentUnits: ReadonlySet<string> = new Set([
  "usd",
  "dollar",
  "euro",
  "eur",
  "$",
  "€",
  "£",
  "time",
  "x",
]);
