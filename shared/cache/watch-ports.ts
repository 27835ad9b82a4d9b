/** The watch over cache misses: when a source's cache serves too little, and what was last looked at. */

/** What was last looked at of one source, and what came of it. */
export interface MissWatch {
  readonly sourceId: string;
  /** The beginning of the window in which it was looked at, in milliseconds. */
  readonly slot: number;
  /** Totals then, since ever: the next window's are what has been added. */
  readonly hits: number;
  readonly misses: number;
  /** The cache misses too much: an incident belongs to it. */
  readonly missing: boolean;
  /** Misses of what was asked in the last window that told something; null before the first. */
  readonly rate: number | null;
  readonly incidentOpen: boolean;
  /** One more with each change: a writer who did not see the last one is refused. */
  readonly version: number;
}

export interface MissWatchStore {
  /** All, by source. */
  list(): Promise<readonly MissWatch[]>;
  /** False where somebody else has written meanwhile. */
  save(next: MissWatch): Promise<boolean>;
}

export interface MissRule {
  readonly windowMs: number;
  /** Fewer questions to the cache in a window tell nothing. */
  readonly minQueries: number;
  /** Above it an incident opens; 1 is never exceeded. */
  readonly maxMissRate: number;
}
