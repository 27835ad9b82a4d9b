/** Calendar arithmetic in UTC on milliseconds since the Unix epoch; weeks start on Monday (ISO 8601). */

export type CalendarUnit = "minute" | "hour" | "day" | "week" | "month" | "quarter" | "year";

export interface Span {
  readonly from: number;
  readonly to: number;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** Units that are equally long whenever they begin. */
const lengths: Readonly<Partial<Record<CalendarUnit, number>>> = {
  minute,
  hour,
  day,
  week: 7 * day,
};

export function startOf(at: number, unit: CalendarUnit): number {
  const date = new Date(at);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  switch (unit) {
    case "minute":
      return Math.floor(at / minute) * minute;
    case "hour":
      return Math.floor(at / hour) * hour;
    case "day":
      return Math.floor(at / day) * day;
    case "week":
      return Math.floor(at / day) * day - ((date.getUTCDay() + 6) % 7) * day;
    case "month":
      return Date.UTC(year, month, 1);
    case "quarter":
      return Date.UTC(year, month - (month % 3), 1);
    case "year":
      return Date.UTC(year, 0, 1);
  }
}

/** Months are counted on the calendar; a day that the target month lacks becomes its last. */
export function addUnits(at: number, unit: CalendarUnit, count: number): number {
  const length = lengths[unit];
  if (length !== undefined) {
    return at + count * length;
  }
  const months = count * (unit === "month" ? 1 : unit === "quarter" ? 3 : 12);
  const date = new Date(at);
  const lastDay = new Date(
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 0),
  ).getUTCDate();
  const whole = Date.UTC(
    date.getUTCFullYear(),
    date.getUTCMonth() + months,
    Math.min(date.getUTCDate(), lastDay),
  );
  return whole + (at - startOf(at, "day"));
}
