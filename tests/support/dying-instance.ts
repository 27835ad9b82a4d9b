/** An instance that dies at its n-th step: the call is made or not, and nothing comes back, ever. */
import type { Deps } from "../../shared/compose.ts";
import type { OpenedJobQuery, ResultWriter } from "../../shared/jobs/ports.ts";

import { createRunSlots } from "../../shared/jobs/run-slots.ts";

const never = new Promise<never>(() => undefined);

export interface DyingInstance {
  readonly deps: Deps;
  /** Settles at the death. */
  readonly died: Promise<void>;
  /** What the operating system does: the sockets of a dead process are closed. */
  bury(): Promise<void>;
}

/** @param after whether the fatal step still has its effect. Steps are the calls that leave the process, beats apart. */
export function dyingInstance(deps: Deps, fatalStep: number, after: boolean): DyingInstance {
  const death = Promise.withResolvers<void>();
  const streams: OpenedJobQuery[] = [];
  let steps = 0;
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    steps++;
    if (steps > fatalStep || (steps === fatalStep && !after)) {
      death.resolve();
      return never;
    }
    const value = await work();
    if (steps < fatalStep) return value;
    death.resolve();
    return never;
  };
  const { jobs, jobQueries, jobResults, principals } = deps;
  const writer = (real: ResultWriter): ResultWriter => ({
    write: (bytes) => step(() => real.write(bytes)),
    finish: () => step(() => real.finish()),
  });
  const opened = (real: OpenedJobQuery): OpenedJobQuery => {
    streams.push(real);
    const { stream } = real;
    return {
      ...real,
      stream: {
        ...stream,
        read: () => step(() => stream.read()),
        close: () => step(() => stream.close()),
      },
    };
  };
  return {
    deps: {
      ...deps,
      // A dead instance gives nothing back.
      jobSlots: createRunSlots(1),
      jobs: {
        ...jobs,
        claim: (...args) => step(() => jobs.claim(...args)),
        settle: (...args) => step(() => jobs.settle(...args)),
        renew: (...args) => (steps >= fatalStep ? never : jobs.renew(...args)),
      },
      jobQueries: {
        ...jobQueries,
        open: (...args) => step(async () => opened(await jobQueries.open(...args))),
      },
      jobResults: {
        ...jobResults,
        create: (...args) => writer(jobResults.create(...args)),
        remove: (...args) => step(() => jobResults.remove(...args)),
      },
      principals: {
        current: (...args) => (steps >= fatalStep ? never : principals.current(...args)),
      },
    },
    died: death.promise,
    bury: async () => {
      await Promise.all(streams.map(({ stream }) => stream.close()));
    },
  };
}
