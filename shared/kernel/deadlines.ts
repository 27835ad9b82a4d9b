/** Limits how long things are waited for. All wait equally long, so whoever came first is due first: one timer serves all. */

export interface Deadline {
  /** By `performance.now()`, in milliseconds. */
  readonly due: number;
  readonly late: () => void;
  before: Deadline | null;
  after: Deadline | null;
}

export interface Deadlines {
  /** `late` is called when the limit has passed, unless the deadline was left before. */
  enter(late: () => void): Deadline;
  /** May be said twice, and of one that is past. */
  leave(one: Deadline): void;
}

/** A timer that nothing waits for any more is left to run out: to stop one and start another costs microseconds each. */
export function createDeadlines(limitMs: number): Deadlines {
  let first: Deadline | null = null;
  let last: Deadline | null = null;
  let timer: NodeJS.Timeout | null = null;
  const leave = (one: Deadline): void => {
    if (one.before !== null) one.before.after = one.after;
    else if (first === one) first = one.after;
    if (one.after !== null) one.after.before = one.before;
    else if (last === one) last = one.before;
    one.before = null;
    one.after = null;
  };
  const look = (): void => {
    timer = null;
    for (let one = first; one !== null; one = first) {
      const leftMs = one.due - performance.now();
      if (leftMs > 0) {
        timer = setTimeout(look, Math.ceil(leftMs)).unref();
        return;
      }
      leave(one);
      one.late();
    }
  };
  return {
    enter(late) {
      const due = performance.now() + limitMs;
      const one: Deadline = { due, late, before: last, after: null };
      if (last === null) first = one;
      else last.after = one;
      last = one;
      if (timer === null) timer = setTimeout(look, limitMs).unref();
      return one;
    },
    leave,
  };
}
