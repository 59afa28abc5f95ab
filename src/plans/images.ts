import type { Policy } from '../policy/policy.ts';

/** An image as generated files name it: with its digest, where the policy has one. */
export function pinned(image: string, { images }: Pick<Policy, 'images'>): string {
  const digest = Object.hasOwn(images, image) ? images[image] : undefined;
  return digest === undefined ? image : `${image}@${digest}`;
}

/** The image of the shared database; undefined where the policy has none. */
export const postgresImage = ({ shared }: Pick<Policy, 'shared'>): string | undefined =>
  shared === undefined ? undefined : `postgres:${shared.postgres.version}`;
