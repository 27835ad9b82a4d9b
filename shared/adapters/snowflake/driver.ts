/** The official driver, loaded late and kept silent, and the few of its shapes that this folder uses. */

/** What a column says of itself. `type` is Snowflake's internal name: `fixed`, `text`, `timestamp_ntz` … */
export interface DriverColumn {
  getName(): string;
  getType(): string;
}

export interface DriverStatement {
  getColumns(): DriverColumn[] | undefined;
  getQueryId(): string | undefined;
  streamRows(options?: object): DriverRows;
  cancel(done: (error: unknown) => void): void;
}

/** A readable stream of rows, each an array of values. */
export interface DriverRows {
  readonly readableEnded: boolean;
  read(): readonly unknown[] | null;
  on(event: string, listener: (error: unknown) => void): unknown;
  off(event: string, listener: (error: unknown) => void): unknown;
  destroy(): void;
}

export interface DriverConnection {
  connect(done: (error: unknown) => void): void;
  execute(options: object): DriverStatement;
  isUp(): boolean;
  isValidAsync(): Promise<boolean>;
  destroy(done: (error: unknown) => void): void;
}

export interface Driver {
  createConnection(options: object): DriverConnection;
  configure(options: object): void;
}

let loading: Promise<Driver> | undefined;

/** One driver for the process. Its own logging is off: it would name account and user on stdout and write a file. */
export function loadDriver(): Promise<Driver> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

const nothing = (): void => undefined;
const silent = { error: nothing, warn: nothing, info: nothing, debug: nothing, trace: nothing };

async function load(): Promise<Driver> {
  const driver = (await import("snowflake-sdk")).default as unknown as Driver;
  driver.configure({
    logLevel: "OFF",
    additionalLogToConsole: false,
    customLogger: silent,
    // Its own parser evaluates as JavaScript what is not JSON.
    jsonColumnVariantParser: (text: string): unknown => JSON.parse(text),
  });
  return driver;
}
