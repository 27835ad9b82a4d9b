/** Kinds of source: what each asks for at registration and how it connects. A new kind is a folder of adapters/ that gives one of these. */
import type { z } from "zod";
import { AppError, type FieldError } from "../kernel/app-error.ts";
import type { JsonValue, SourceAdapter } from "./ports.ts";

export interface SourceKind<Config = never, Credentials = never> {
  /** As it is named in `POST /sources`. */
  readonly type: string;
  /** Refuses what it does not know, so that a misspelt option is not silently none. */
  readonly config: z.ZodType<Config>;
  readonly credentials: z.ZodType<Credentials>;
  /** Makes the adapter; connects at first use, not here. */
  connect(source: ConnectSource<Config, Credentials>): Promise<SourceAdapter>;
}

export interface ConnectSource<Config, Credentials> {
  readonly sourceId: string;
  readonly config: Config;
  readonly credentials: Credentials;
  /** Told of an idle connection that broke. */
  readonly onIdleError: (error: Error) => void;
}

/** A source's form as it was read through its kind. */
export interface ReadSource {
  readonly sourceId: string;
  readonly type: string;
  readonly config: Readonly<Record<string, JsonValue>>;
  readonly credentials: unknown;
}

export interface SourceKinds {
  /** @throws AppError request_invalid with a pointer for each issue. */
  read(source: ReadSource): ReadSource;
  connect(source: ReadSource): Promise<SourceAdapter>;
}

/** The compiler sees that a kind fits itself; the list need not know each one's types. */
export const defineSourceKind = <Config, Credentials>(
  kind: SourceKind<Config, Credentials>,
): SourceKind => kind as unknown as SourceKind;

export function createSourceKinds(
  list: readonly SourceKind[],
  onIdleError: (error: Error) => void,
): SourceKinds {
  const kinds = new Map(list.map((kind) => [kind.type, kind]));
  const find = (type: string): SourceKind => {
    const kind = kinds.get(type);
    if (kind !== undefined) return kind;
    const message = `must be one of ${[...kinds.keys()].join(", ")}`;
    throw new AppError("request_invalid", `/type: ${message}`, {
      fields: [{ pointer: "/type", message }],
    });
  };
  return {
    read: (source) => {
      const kind = find(source.type);
      const config = kind.config.safeParse(source.config);
      const credentials = kind.credentials.safeParse(source.credentials);
      const fields = [
        ...issuesOf("/config", config.error),
        ...issuesOf("/credentials", credentials.error),
      ];
      if (fields.length > 0)
        throw new AppError("request_invalid", `${fields[0]?.pointer}: ${fields[0]?.message}`, {
          fields,
        });
      return {
        ...source,
        // As it is stored: what zod left out is absent.
        config: JSON.parse(JSON.stringify(config.data)) as ReadSource["config"],
        credentials: credentials.data,
      };
    },
    connect: ({ sourceId, type, config, credentials }) =>
      find(type).connect({
        sourceId,
        config: config as never,
        credentials: credentials as never,
        onIdleError,
      }),
  };
}

function issuesOf(prefix: string, error: z.ZodError | undefined): FieldError[] {
  return (error?.issues ?? []).flatMap((issue) => {
    const pointer = [prefix, ...issue.path.map(String)].join("/");
    return issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ pointer: `${pointer}/${key}`, message: "is not a known field" }))
      : [{ pointer, message: issue.message }];
  });
}
