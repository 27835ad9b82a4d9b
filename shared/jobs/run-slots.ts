/** How many jobs one instance runs at a time: each holds a connection of its source and some memory for as long. */

export interface RunSlots {
  /** Null where all are taken; else what gives the slot back. */
  take(): (() => void) | null;
}

export function createRunSlots(count: number): RunSlots {
  let free = count;
  return {
    take: () => {
      if (free === 0) return null;
      free--;
      let given = false;
      return () => {
        if (!given) free++;
        given = true;
      };
    },
  };
}
