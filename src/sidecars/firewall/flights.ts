interface Waiting<V> {
  readonly answer: Promise<V>;
  start(): void;
}

interface Kind<V> {
  running: number;
  waiting: Waiting<V> | undefined;
}

/**
 * Of each kind of question, `atOnce` are under way at most and one waits. Whoever asks meanwhile gets the answer of the
 * one that waits, so that no answer is older than its question, and many callers cost the engine as much as a few.
 */
export function makeFlights<V>(ask: (key: string) => Promise<V>, atOnce: number): (key: string) => Promise<V> {
  const kinds = new Map<string, Kind<V>>();

  function start(key: string, kind: Kind<V>): Promise<V> {
    kind.running++;
    const answer = ask(key);
    const landed = (): void => {
      kind.running--;
      const { waiting } = kind;
      kind.waiting = undefined;
      if (waiting) waiting.start();
      else if (kind.running === 0) kinds.delete(key);
    };
    answer.then(landed, landed);
    return answer;
  }

  function wait(key: string, kind: Kind<V>): Waiting<V> {
    let go = (): void => {};
    const answer = new Promise<V>((resolve) => {
      go = () => resolve(start(key, kind));
    });
    return { answer, start: () => go() };
  }

  return (key) => {
    const kind = kinds.get(key) ?? { running: 0, waiting: undefined };
    kinds.set(key, kind);
    if (kind.running < atOnce) return start(key, kind);
    kind.waiting ??= wait(key, kind);
    return kind.waiting.answer;
  };
}
