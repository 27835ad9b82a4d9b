/** Snowflake's numbers, states and sentences for what the engine complains of. */

export interface Failure {
  readonly code: string;
  readonly sqlState: string;
  readonly message: string;
  readonly line?: number;
  readonly pos?: number;
}

export class PeerFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

export const CANCELLED: Failure = {
  code: "000604",
  sqlState: "57014",
  message: "SQL execution canceled",
};

export const timedOut = (seconds: number): Failure => ({
  code: "000630",
  sqlState: "57014",
  message: `Statement reached its statement or warehouse timeout of ${seconds} second(s) and was canceled.`,
});

interface EngineError {
  readonly code?: string;
  readonly message?: string;
  readonly position?: string;
}

/** PostgreSQL's SQLSTATE → Snowflake's error. */
export function toFailure(error: unknown, sql: string): Failure {
  if (error instanceof PeerFailure) return error.failure;
  const { code = "", message = "", position } = error as EngineError;
  const at = position === undefined ? 0 : Math.max(0, Number(position) - 1);
  const named = /(?:"|column )([^" ]+)/.exec(message)?.[1]?.toUpperCase() ?? "";
  const place = { line: 1, pos: Math.min(at, sql.length) };
  switch (code) {
    case "42601":
      return {
        code: "001003",
        sqlState: "42000",
        message: `SQL compilation error:\nsyntax error line 1 at position ${place.pos} unexpected '${named.toLowerCase()}'.`,
        ...place,
      };
    case "42P01":
    case "3F000":
      return {
        code: "002003",
        sqlState: "42S02",
        message: `SQL compilation error:\nObject '${named}' does not exist or not authorized.`,
        ...place,
      };
    case "42703":
      return {
        code: "000904",
        sqlState: "42000",
        message: `SQL compilation error: error line 1 at position ${place.pos}\ninvalid identifier '${named}'`,
        ...place,
      };
    case "22012":
      return { code: "100051", sqlState: "22012", message: "Division by zero" };
    case "22P02":
      return {
        code: "100038",
        sqlState: "22018",
        message: `Numeric value '${named.toLowerCase()}' is not recognized`,
      };
    default:
      return { code: "002140", sqlState: "42601", message: `SQL compilation error:\n${message}` };
  }
}
