/** Everything that takes time waits at a gate until the test opens it: any order of events can be had, and had again. */

export interface Gates {
  /** Resolves when it is let through, not before `dueAt` of the world's time; never, once its owner is dead. */
  pass(owner: number, label: string, dueAt?: number): Promise<void>;
  /** Lets one of those that may go through, chosen by any number. False where there is none. */
  open(pick: number): boolean;
  /** Whoever waits or comes for this owner waits for ever. */
  kill(owner: number): void;
  /** When the next of those that cannot go yet may; null where nobody waits. */
  nextDue(): number | null;
}

export function createGates(now: () => number): Gates {
  let waiting: { owner: number; dueAt: number; resolve: () => void }[] = [];
  const dead = new Set<number>();
  return {
    pass: (owner, _label, dueAt = 0) =>
      new Promise((resolve) => {
        if (!dead.has(owner)) waiting.push({ owner, dueAt, resolve });
      }),
    open(pick) {
      const ready = waiting.filter((one) => one.dueAt <= now());
      const chosen = ready[pick % Math.max(1, ready.length)];
      if (chosen === undefined) return false;
      waiting = waiting.filter((one) => one !== chosen);
      chosen.resolve();
      return true;
    },
    kill(owner) {
      dead.add(owner);
      waiting = waiting.filter((one) => one.owner !== owner);
    },
    nextDue: () => (waiting.length === 0 ? null : Math.min(...waiting.map((one) => one.dueAt))),
  };
}
