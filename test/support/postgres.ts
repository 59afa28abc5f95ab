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

/** The official image, from a registry if one answers, otherwise a stand-in that does the same for its users. */
export function providePostgres(): void {
  if (succeeds('image', 'inspect', POSTGRES) || succeeds('pull', '--quiet', POSTGRES)) return;
  docker('build', '--quiet', '--tag', POSTGRES, 'test/support/postgres');
}
