/** A seeded source of choices (mulberry32): the same seed makes the same questions. */
export class Choices {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** @throws RangeError where there is nothing to choose from. */
  of<T>(all: readonly T[]): T {
    const one = all[this.below(all.length)];
    if (one === undefined) {
      throw new RangeError("nothing to choose from");
    }
    return one;
  }

  /** One of several wordings. */
  say(...wordings: readonly string[]): string {
    return this.of(wordings);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }
}
