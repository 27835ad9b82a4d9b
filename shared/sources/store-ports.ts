/** What the sources room keeps and how it connects: the ports behind registration. */
import type { SourceRequest } from "../contract/sources.ts";
import type { SourceAdapter, SourceRecord } from "./ports.ts";

/** A source as it is stored: its credentials are sealed. */
export interface StoredSource extends SourceRecord {
  readonly sealedCredentials: string;
}

export interface SourceStore {
  /** False where a source of this name exists. */
  insert(source: StoredSource, by: string): Promise<boolean>;
  get(sourceId: string): Promise<StoredSource | null>;
  list(): Promise<readonly SourceRecord[]>;
  /** False where there is none. */
  remove(sourceId: string): Promise<boolean>;
}

/** Encrypts small secrets; `context` names the record and must be the same to open as it was to seal. */
export interface SecretBox {
  seal(plaintext: string, context: string): Promise<string>;
  /** @throws Error when the secret was damaged, moved to another record or sealed under another key. */
  open(sealed: string, context: string): Promise<string>;
}

/** Makes the adapter of a source; connects at first use, not here. */
export type SourceConnector = (request: SourceRequest) => Promise<SourceAdapter>;
