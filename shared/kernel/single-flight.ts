/** One execution for any number of identical requests on this instance at the same time. */
import { callerGone } from "./caller-gone.ts";

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
    async run(key, signal, work) {
      if (signal.aborted) throw callerGone();
      const flight = flights.get(key) ?? take(flights, key, work);
      flight.waiting++;
      return untilGone(flight, signal, () => forget(flights, key, flight));
    },
  };
}

function take<T>(
  flights: Map<string, Flight<T>>,
  key: string,
  work: (signal: AbortSignal) => Promise<T>,
): Flight<T> {
  const controller = new AbortController();
  const result = work(controller.signal);
  const flight: Flight<T> = { result, controller, waiting: 0 };
  flights.set(key, flight);
  const ended = () => forget(flights, key, flight);
  result.then(ended, ended);
  return flight;
}

/** Another flight may have the key by now. */
function forget<T>(flights: Map<string, Flight<T>>, key: string, flight: Flight<T>): void {
  if (flights.get(key) === flight) flights.delete(key);
}

async function untilGone<T>(
  flight: Flight<T>,
  signal: AbortSignal,
  abandon: () => void,
): Promise<T> {
  const leave = () => {
    flight.waiting--;
    if (flight.waiting > 0) return;
    // Who comes now must not join work that is being stopped.
    abandon();
    flight.controller.abort(signal.reason);
  };
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await flight.result;
  } finally {
    signal.removeEventListener("abort", leave);
  }
}
