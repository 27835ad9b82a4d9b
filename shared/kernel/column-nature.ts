/** What the type and the name of a column tell of it, whoever asks. Types are written as sources write them, in lower case. */

export const isNumericType = (type: string): boolean =>
  /^(smallint|integer|int\d?|bigint|numeric|decimal|real|double|float|number|money|u?int\d+|tinyint|hugeint)/.test(
    type,
  );

export const isTimeType = (type: string): boolean => /^(date|timestamp|datetime)/.test(type);

/** Averaged rather than added up, where nothing says otherwise. */
export const isAveragedName = (name: string): boolean =>
  /rate|score|accuracy|price|latency|duration|age|rating|satisfaction|probability|percent|pct|ratio|temperature|response|year|length/i.test(
    name,
  );

/** The end of something, or a change to it: not the moment that a row is about. */
export const isEndingName = (name: string): boolean =>
  /updat|modif|delet|expir|birth|end|finish|resolv|clos|ship|churn|return|discharg|due|cancel|paid|complet/i.test(
    name,
  );
