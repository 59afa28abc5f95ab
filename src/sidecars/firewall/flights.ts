interface Flight<V> {
  readonly running: Promise<V>;
  next?: Promise<V>;
}

/**
 * Of each kind of question, one is under way at most and one waits. Whoever asks meanwhile gets the answer of the one that
 * waits, so that no answer is older than its question, and many callers cost the engine as much as one.
 */
export function makeFlights<V>(ask: (key: string) => Promise<V>): (key: string) => Promise<V> {
  const flights = new Map<string, Flight<V>>();
  function start(key: string): Promise<V> {
    const flight: Flight<V> = { running: ask(key) };
    flights.set(key, flight);
    const landed = (): void => {
      if (flight.next === undefined && flights.get(key) === flight) flights.delete(key);
    };
    flight.running.then(landed, landed);
    return flight.running;
  }
  return (key) => {
    const flight = flights.get(key);
    if (flight === undefined) return start(key);
    const again = (): Promise<V> => start(key);
    flight.next ??= flight.running.then(again, again);
    return flight.next;
  };
}
