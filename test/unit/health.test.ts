import { describe, expect, it } from 'vitest';
import { healthIn } from '../../src/verbs/containers.ts';
import { commandOf } from '../../src/verbs/revive.ts';

describe('the health of a container', () => {
  it.each([
    ['running', 'Up 2 minutes (healthy)', 'healthy'],
    ['running', 'Up 1 second (health: starting)', 'starting'],
    ['running', 'Up 3 hours (unhealthy)', 'unhealthy'],
    ['running', 'Up 3 hours', ''],
    ['exited', 'Exited (143) 2 minutes ago', ''],
    ['restarting', 'Restarting (1) 4 seconds ago', ''],
  ])('%s, “%s”: “%s”', (state, status, health) => {
    expect(healthIn(state, status)).toBe(health);
  });
});

describe('the command of a health check', () => {
  it.each([
    [{ Test: ['CMD', 'test', '-s', '/key'], Interval: 1 }, ['test', '-s', '/key']],
    [{ Test: ['CMD-SHELL', 'a | b'] }, ['/bin/sh', '-c', 'a | b']],
    [{ Test: ['NONE'] }, []],
    [null, []],
  ])('%j: %j', (healthcheck, argv) => {
    expect(commandOf(healthcheck)).toEqual(argv);
  });
});
