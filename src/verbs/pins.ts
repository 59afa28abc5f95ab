import { isDeepStrictEqual } from 'node:util';
import { ToolError } from '../core/errors.ts';
import { sha256 } from '../host/disk.ts';
import { tryDocker } from '../host/docker.ts';
import { baseImages } from '../plans/dockerfiles.ts';
import type { SyncChange } from '../plans/sync.ts';
import { parsePolicy } from '../policy/parse.ts';
import { POLICY_PATH, type Policy } from '../policy/policy.ts';
import { withImages } from '../policy/print.ts';
import { known } from './generated.ts';
import { loadPolicy } from './load-policy.ts';

/** Long enough for a slow registry; a machine without a way out answers at once. */
const PATIENCE_MS = 15_000;

export interface Pins {
  /** Image → digest of what its tag names now, for all machine types together. */
  readonly images: Readonly<Record<string, string>>;
  /** Images whose registry could not be asked, each with the reason. */
  readonly unknown: readonly { readonly image: string; readonly reason: string }[];
}

/** Asks each image's registry for the digest behind the tag. Asks only: nothing is pulled. */
export async function askDigests(images: readonly string[]): Promise<Pins> {
  const answers = await Promise.all(images.map(async (image) => ({ image, ...(await askDigest(image)) })));
  return {
    images: Object.fromEntries(answers.flatMap(({ image, digest }) => (digest === undefined ? [] : [[image, digest]]))),
    unknown: answers.flatMap(({ image, reason }) => (reason === undefined ? [] : [{ image, reason }])),
  };
}

interface Answer {
  readonly digest?: string;
  readonly reason?: string;
}

async function askDigest(image: string): Promise<Answer> {
  try {
    const result = await tryDocker(['buildx', 'imagetools', 'inspect', image, '--format', '{{json .Manifest}}'], {
      timeoutMs: PATIENCE_MS,
    });
    const digest = result.exit === 0 ? digestOf(result.stdout) : undefined;
    if (digest !== undefined) return { digest };
    return {
      reason: result.timedOut
        ? 'no answer in time'
        : (result.stderr.trim().split('\n').at(-1) ?? 'no digest in the answer'),
    };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The digest of the manifest itself, not of those that a list of manifests holds. */
function digestOf(manifest: string): string | undefined {
  const data: unknown = JSON.parse(manifest);
  const digest: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'digest') : undefined;
  return typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}

/** The policy with the digests of today, and the change that writes them; comments and layout stay. */
export async function planPins(
  root: string,
): Promise<{ readonly policy: Policy; readonly changes: readonly SyncChange[] }> {
  const file = loadPolicy(root);
  const { images, unknown } = await askDigests(baseImages(file.policy));
  const [first] = unknown;
  if (first) {
    throw new ToolError(
      'registry-silent',
      `${first.image}: ${first.reason}`,
      `docker buildx imagetools inspect ${first.image}`,
    );
  }
  const before = known(root, POLICY_PATH);
  const text = withImages(before?.text ?? '', images, file.where('images'));
  const { policy } = parsePolicy(text);
  if (!before || !isDeepStrictEqual(policy, { ...file.policy, images })) {
    throw new ToolError(
      'policy-invalid',
      'The entry `images` is written in a way that cannot be edited.',
      'Write it as `images: {}`, then run the command again.',
    );
  }
  if (before.text === text) return { policy, changes: [] };
  return {
    policy,
    changes: [
      { change: { kind: 'write', path: POLICY_PATH, text, mode: 0o644, was: sha256(before.text ?? '') }, before },
    ],
  };
}
