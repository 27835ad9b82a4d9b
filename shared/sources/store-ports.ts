/** What the sources room keeps and how it connects: the ports behind registration. */
import type { SourceRecord } from "./ports.ts";

/** A source as it is stored: its credentials are sealed. */
export interface StoredSource extends SourceRecord {
  readonly sealedCredentials: string;
}

export interface SourceStore {
  /** False where a source of this name exists. */
  insert(source: StoredSource, by: string): Promise<boolean>;
  get(sourceId: string): Promise<StoredSource | null>;
  list(): Promise<readonly SourceRecord[]>;
  /** Only where they are still the ones that were read; false otherwise. */
  replaceCredentials(sourceId: string, from: string, to: string): Promise<boolean>;
  /** False where there is none. */
  remove(sourceId: string): Promise<boolean>;
}

/** Encrypts small secrets; `context` names the record and must be the same to open as it was to seal. */
export interface SecretBox {
  seal(plaintext: string, context: string): Promise<string>;
  /** @throws Error when the secret was damaged, moved to another record or sealed under an unknown key. */
  open(sealed: string, context: string): Promise<string>;
  /** False for one that was sealed under an earlier master key. */
  isCurrent(sealed: string): boolean;
}
