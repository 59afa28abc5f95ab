import { describe, expect, it } from 'vitest';
import { seen } from '../../support/fixing.ts';

/** What is said about a proxy on the default network with so many neighbours. */
async function said(neighbours: number): Promise<readonly string[]> {
  const others = [...Array(neighbours).keys()].map((i) => `  n${i}:\n    image: debian\n`).join('');
  const { findings } = await seen({
    'compose.yaml': `services:
  app:
    image: debian
    volumes: [".:/app"]
  proxy:
    image: tecnativa/docker-socket-proxy:0.3
    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]
${others}`,
  });
  return findings.filter(({ rule }) => rule === 'docker-proxy-exposed').map(({ message }) => message);
}

describe('whom a proxy answers', () => {
  it.each([
    [0, []],
    [1, ['proxy answers n0 on default']],
    [3, ['proxy answers n0, n1, n2 on default']],
    [5, ['proxy answers n0, n1, n2, 2 more on default']],
  ])('is said in one line with %i neighbours', async (neighbours, messages) => {
    expect(await said(neighbours)).toEqual(messages);
  });
});
