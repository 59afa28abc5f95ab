/** Ports from 1024 on: others need no forward, for the agent's user has no business with them. */
export const FIRST_PORT = 1024;
export const LAST_PORT = 65535;
export const MAX_PORTS = 64;

const WORD = /^(0|[1-9][0-9]{0,4})(?:-([1-9][0-9]{0,4}))?$/;

/** The ports of a list such as 3000 and "3000-3003", in order, or what is wrong with it: “… must be”. */
export function parsePorts(entries: readonly (string | number)[]): readonly number[] | string {
  const ports = new Set<number>();
  for (const entry of entries) {
    const [, first = '', last = first] = WORD.exec(String(entry)) ?? [];
    const [from, to] = [Number(first), Number(last)];
    if (!(first !== '' && FIRST_PORT <= from && from <= to && to <= LAST_PORT)) {
      return `${JSON.stringify(entry)} is no port from ${FIRST_PORT} to ${LAST_PORT}, and no range such as "3000-3003"`;
    }
    if (!(to - from < MAX_PORTS)) return TOO_MANY;
    for (let port = from; port <= to; port++) ports.add(port);
  }
  return ports.size <= MAX_PORTS ? [...ports].sort((a, b) => a - b) : TOO_MANY;
}

const TOO_MANY = `more than ${MAX_PORTS} ports`;

/** The shortest list that says the same: `3000-3003`, `8080`. */
export function printPorts(ports: readonly number[]): readonly string[] {
  const ranges: { first: number; last: number }[] = [];
  for (const port of ports) {
    const range = ranges.at(-1);
    if (range && range.last + 1 === port) range.last = port;
    else ranges.push({ first: port, last: port });
  }
  return ranges.map(({ first, last }) => (first === last ? String(first) : `${first}-${last}`));
}
