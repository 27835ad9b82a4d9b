/**
 * The principal's attributes as session variables, which row access policies and secure views read with
 * `GETVARIABLE('MCP_REGION')`. The statement itself can neither set nor read them: the guard refuses SET and $name.
 */
import { AppError } from "../../kernel/app-error.ts";
import { quoteString } from "./statement-text.ts";

/** Keeps them apart from variables that an account uses for itself. */
const PREFIX = "MCP_";
/** Snowflake's own limit of a string variable, in bytes. */
const MAX_BYTES = 256;

/** `{ "user.region": "EU" }` → `{ MCP_USER_REGION: "EU" }`. @throws AppError request_invalid. */
export function toVariables(
  session: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(session)) {
    const variable = PREFIX + name.toUpperCase().replace(/[^A-Z0-9_]/g, "_");
    const known = variables[variable];
    if (known !== undefined && known !== value)
      throw unfit(name, "is the same as another one's once written as a session variable");
    if (Buffer.byteLength(value) > MAX_BYTES)
      throw unfit(name, `is longer than ${MAX_BYTES} bytes`);
    variables[variable] = value;
  }
  return variables;
}

/** The statements that turn the one set of variables into the other; none where they are the same. */
export function variableChanges(
  from: Readonly<Record<string, string>>,
  to: Readonly<Record<string, string>>,
): readonly string[] {
  const gone = Object.keys(from).filter((name) => !(name in to));
  const set = Object.entries(to).filter(([name, value]) => from[name] !== value);
  const statements: string[] = [];
  if (gone.length > 0) statements.push(`UNSET (${gone.join(", ")})`);
  if (set.length > 0)
    statements.push(
      `SET (${set.map(([name]) => name).join(", ")}) = (${set.map(([, value]) => quoteString(value)).join(", ")})`,
    );
  return statements;
}

function unfit(name: string, what: string): AppError {
  return new AppError("request_invalid", `The attribute ${name} ${what}.`);
}
