/** Numbers for the values that views bind: each value has one, after the statement's own parameters. */

export type Bind = (name: string) => number;

export interface Binder {
  /** The names of the values, in the order of their numbers. */
  readonly bound: readonly string[];
  readonly bind: Bind;
}

export function createBinder(parameterCount: number): Binder {
  const bound: string[] = [];
  return {
    bound,
    bind: (name) => {
      if (!bound.includes(name)) bound.push(name);
      return parameterCount + bound.indexOf(name) + 1;
    },
  };
}
