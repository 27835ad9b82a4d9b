/** The .NET TimeSpan text that host.json and timer schedules use: `[d.]hh:mm:ss[.fff]`. */

const pattern = /^(-)?(?:(\d+)\.)?(\d{1,2}):([0-5]?\d)(?::([0-5]?\d)(?:\.(\d{1,7}))?)?$/;

/** Milliseconds, or undefined when the text is not a TimeSpan. */
export function parseTimespan(text: string): number | undefined {
  const match = pattern.exec(text.trim());
  if (!match) return undefined;
  const [, sign, days = "0", hours = "0", minutes = "0", seconds = "0", fraction = ""] = match;
  if (Number(hours) > 23) return undefined;
  const wholeSeconds =
    ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  const milliseconds = wholeSeconds * 1000 + Math.floor(Number(`0.${fraction || "0"}`) * 1000);
  return sign === "-" ? -milliseconds : milliseconds;
}
