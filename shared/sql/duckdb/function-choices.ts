/** What the catalogue's facts do not say of DuckDB's functions: which are refused, and which may make answers grow. */

interface Family {
  readonly pattern: RegExp;
  /** Completes the sentence "The function x is not allowed: it …". */
  readonly reason: string;
}

/** First match wins; the generator leaves out what matches, and the guard explains a refusal with the reason. */
export const REFUSED_FAMILIES: readonly Family[] = [
  {
    pattern:
      /^(read_|scan_|parquet_|sniff_csv$|glob$|write_log$|st_read|iceberg_|delta_|.*_scan(_|$)|sqlite_|load_aws|http_)/,
    reason: "reaches files or other systems",
  },
  {
    pattern: /^(postgres_|mysql_|odbc_|snowflake_|arrow_)/,
    reason: "reaches another database",
  },
  {
    pattern: /^(query|query_table|json_(de)?serialize_|json_execute_|histogram_values$|summary$)/,
    reason: "runs or reads what is named in a string, which no table rule can see",
  },
  {
    pattern: /^(nextval|currval|setval|setseed|set_config|setvariable|getvariable|variable)$/,
    reason: "reads or changes a state that outlives the query",
  },
  { pattern: /^(sleep_ms|pg_sleep|error)$/, reason: "does nothing but hold or end the query" },
  {
    pattern:
      /^(current_(query|connection|transaction|setting|database|schema|catalog|role|user)|session_user$|user$|in_search_path$|txid_|get_block_size$|stats$|getenv$|ago$)/,
    reason: "tells of the session or the server rather than of the data",
  },
  {
    pattern:
      /^(duckdb_|pragma_|pg_(?!typeof$|size_pretty$)|has_|inet_(client|server)|(col|obj|shobj)_description$|(map_to|format)_pg|format_type$|which_secret$|storage_info|icu_calendar|parse_duckdb|checkpoint$|force_checkpoint$|(en|dis)able_|truncate_duckdb|check_peg|test_|repeat_row$|seq_scan$|sql_auto_complete$|version$)/,
    reason: "reads or changes the catalogue or the server",
  },
  {
    pattern: /^(__|icu_sort_key$|icu_collate_|create_sort_key$|finalize$|combine$|vector_type$)/,
    reason: "is for the engine's own use",
  },
];

export function refusedFamily(name: string): string | null {
  return REFUSED_FAMILIES.find(({ pattern }) => pattern.test(name))?.reason ?? null;
}

/** Not in the catalogue, but words of the grammar that are written as functions. */
export const GRAMMAR_FUNCTIONS = "row unnest grouping coalesce try if nullif";

/** Names without parentheses that stand for a function wherever no column is called so. */
export const BARE_FUNCTIONS = [
  "current_date",
  "current_time",
  "current_timestamp",
  "localtime",
  "localtimestamp",
] as const;

/** Their answer differs from call to call, which is all they do. */
export const HARMLESS_VOLATILE = ["random", "uuid", "uuidv4", "uuidv7", "gen_random_uuid"];

/** The catalogue calls them constant; they read the clock (`age` of one argument does). */
export const MISJUDGED_CHANGING = ["current_localtime", "current_localtimestamp", "age"];

/** Functions that give rows. A macro with a table's name in a string is none of them. */
export const TABLE_FUNCTIONS = ["range", "generate_series", "unnest", "json_each", "json_tree"];

/** A row function of DuckDB streams; it is the reader's time that a longer one would cost. */
export const MAX_RANGE_ROWS = 10_000_000;

/**
 * Values that one call can make as long as a number says. DuckDB counts them towards no memory limit and cannot be
 * interrupted within one (measured on 1.5: list_resize took 19 GB and 94 seconds), so that the number must be a
 * constant within this bound. The position is the argument's.
 */
export const GROWTH: Readonly<
  Record<string, { readonly argument: number; readonly most: number }>
> = {
  repeat: { argument: 1, most: 10_000 },
  lpad: { argument: 1, most: 10_000 },
  rpad: { argument: 1, most: 10_000 },
  bitstring: { argument: 1, most: 10_000 },
  list_resize: { argument: 1, most: 10_000 },
  array_resize: { argument: 1, most: 10_000 },
  equi_width_bins: { argument: 2, most: 10_000 },
  bar: { argument: 3, most: 1_000 },
};

/** Lists that `range` makes of numbers or times, in elements, and what all calls of a statement may multiply to. */
export const MAX_LIST_ELEMENTS = 100_000;
export const MAX_GROWTH = 1_000_000;
