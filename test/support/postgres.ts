import { docker } from './live.ts';

export const POSTGRES = 'postgres:15';

const succeeds = (...args: readonly string[]): boolean => {
  try {
    docker(...args);
    return true;
  } catch {
    return false;
  }
};

/**
 * The official image, from a registry if one answers, otherwise a stand-in that does the same for its users. That one is
 * built each time, from layers that are there, because its files may have changed.
 */
export function providePostgres(): void {
  const standIn = succeeds('image', 'inspect', POSTGRES)
    ? docker('image', 'inspect', '--format', '{{index .Config.Labels "dev.cofferdam.stand-in"}}', POSTGRES) === 'true'
    : !succeeds('pull', '--quiet', POSTGRES);
  if (!standIn) return;
  docker('build', '--quiet', '--tag', POSTGRES, 'test/support/postgres');
}
