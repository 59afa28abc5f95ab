import { textOf } from './shape.ts';

/**
 * What the engine says when it does not do as it was asked, in sentences of ours: its own name paths, servers and
 * containers of the host, and answers about what listens where.
 */
const CAUSES: readonly (readonly [pattern: RegExp, said: string])[] = [
  [
    /executable file not found|^(?=[\s\S]*no such file or directory)[\s\S]*unable to start|unable to start container process/i,
    'the command cannot be started; is it in the image?',
  ],
  [/unable to find user|no matching entries in passwd/i, 'the image has no such user'],
  [/no command specified/i, 'neither the request nor the image names a command'],
  [/port is already allocated|address already in use/i, 'the port is taken'],
  [/is not running/i, 'the container is not running'],
  [/is paused|is already paused/i, 'the container is paused'],
  [/is not paused/i, 'the container is not paused'],
  [/is restarting/i, 'the container is restarting'],
  [/is already in progress/i, 'that is under way already'],
  [
    /cannot remove|running container|stop the container before/i,
    'the container is running; stop it first, or remove it by force',
  ],
  [/has active endpoints/i, 'containers are on the network'],
  [/volume is in use/i, 'a container uses the volume'],
  [/already exists|already in use|conflict/i, 'the name is taken'],
  [/already (?:connected|attached)|endpoint with name/i, 'the container is on the network already'],
  [/no space left/i, 'no room is left on the host'],
  [/no such exec|^(?=[\s\S]*exec )[\s\S]* not found/i, 'there is no such command'],
  [/platform|no matching manifest/i, 'the image is not made for this kind of machine'],
];

/** Why a change did not happen (409, 500). */
export function causeOf(body: unknown): string {
  const message = textOf(body, 'message') ?? '';
  return (
    CAUSES.find(([pattern]) => pattern.test(message))?.[1] ??
    'its reason is only for the host; see the log of the engine'
  );
}

/** The engine's own words about the parameters of a request (400), without paths and addresses. */
export const complaint = (body: unknown): string =>
  (textOf(body, 'message') ?? '')
    .replace(/(?:\/[\w.@+-]+)+/g, '[path]')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|\[[0-9a-f:]{2,}\](?::\d+)?/gi, '[address]')
    .slice(0, 300);
