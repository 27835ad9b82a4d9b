/** One execution for any number of identical requests on this instance at the same time. */

interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

export interface SingleFlight<T> {
  /**
   * Joins the running flight of this key or starts one. The work is stopped when everyone waiting has gone, and not
   * before; a failure reaches everyone and is not kept.
   */
  run(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Flight<T>>();
  return {
    run(key, signal, work) {
      const flight = flights.get(key) ?? take(flights, key, work);
      flight.waiting++;
      return untilGone(flight, signal);
    },
  };
}

function take<T>(
  flights: Map<string, Flight<T>>,
  key: string,
  work: (signal: AbortSignal) => Promise<T>,
): Flight<T> {
  const controller = new AbortController();
  const result = work(controller.signal).finally(() => flights.delete(key));
  result.catch(() => undefined);
  const flight: Flight<T> = { result, controller, waiting: 0 };
  flights.set(key, flight);
  return flight;
}

async function untilGone<T>(flight: Flight<T>, signal: AbortSignal): Promise<T> {
  const leave = () => {
    flight.waiting--;
    if (flight.waiting === 0) flight.controller.abort(signal.reason);
  };
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await flight.result;
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
