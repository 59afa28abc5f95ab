import type { Edit, Fix } from '../core/fix.ts';
import type { Span } from '../core/span.ts';
import { isRoot, offer } from '../edits/offer.ts';
import { imageParts, ROOT_IMAGES, shipsSudo } from '../model/knowledge.ts';
import { imageFacts } from '../model/knowledge-images.ts';
import { inRootsHome } from '../model/mount.ts';
import type { BuildFacts } from '../model/workspace.ts';
import { defineRule } from './rule.ts';

export default defineRule({
  id: 'root-user',
  title: 'The agent works as root',
  severity: 'high',
  persona: 'regular',
  attacks: ['RUN-04'],
  why: `Root in the container changes every file of the image, its own controls among them; files that it makes in the workspace are
root’s on a Linux host; and a fault in the kernel or the runtime is worth more to it.`,
  remedy: 'Make a user in the Dockerfile and name it in `remoteUser` (or `user` in compose).',
  fixes:
    'Names the user that the image is known to have (`node`, `vscode`), or takes the last USER of the Dockerfile out where another one stands before it. Always unsafe: what needs root fails.',
  references: ['https://code.visualstudio.com/remote/advancedcontainers/add-nonroot-user'],
  bad: [
    { title: 'by name', files: { 'devcontainer.json': '{ "image": "node:22", «"remoteUser": "root"» }' } },
    { title: 'by number', files: { 'compose.yaml': 'services:\n  dev:\n    image: node\n    user: «"0:0"»\n' } },
    {
      title: 'the Dockerfile switches back',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM node:22\nUSER node\n«USER root»\n',
      },
    },
    {
      title: 'nobody says otherwise',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM «python:3.13» AS base\nFROM base\n',
      },
    },
    {
      title: 'an image of somebody else that is known to have root',
      files: { 'devcontainer.json': '{ "image": «"mcr.microsoft.com/dotnet/sdk:9.0"» }' },
    },
    {
      title: 'an image that is not known, with what root has at home',
      files: {
        'devcontainer.json':
          '{ "image": "example.com/team/box:1", "mounts": [«"source=history,target=/root/.history,type=volume"»] }',
      },
    },
  ],
  good: [
    { title: 'a user is named', files: { 'devcontainer.json': '{ "image": "node:22", "remoteUser": "node" }' } },
    {
      title: 'root only while building',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM node:22\nUSER root\nRUN true\nUSER node\n',
      },
    },
    {
      title: 'an image with a user of its own, whatever is mounted',
      files: {
        'devcontainer.json':
          '{ "image": "gitpod/workspace-full", "mounts": ["source=h,target=/root/.history,type=volume"] }',
      },
    },
    {
      title: 'an image whose user is not known',
      files: { 'devcontainer.json': '{ "image": "example.com/team/box:1" }' },
    },
  ],
  *check({ containers }) {
    for (const { name, role, user, build, image, mounts } of containers) {
      if (role !== 'agent') continue;
      const base = build?.chain.at(-1)?.from ?? image;
      if (user && user.value !== '') {
        if (isRoot(user.value)) {
          yield {
            at: user.span,
            confidence: 'high',
            message: `${name} works as root`,
            ...otherUser(user.span, base?.value, build),
          };
        }
        continue;
      }
      if (base && ROOT_IMAGES.has(imageParts(base.value).name)) {
        yield {
          at: base.span,
          confidence: 'high',
          message: `${name} works as root: no user is named, and ${base.value} has root`,
        };
        continue;
      }
      const home = mounts.find(({ value }) => inRootsHome(value));
      const hasUser = base && (imageFacts(base.value)?.remoteUser !== undefined || shipsSudo(base.value));
      if (base && !hasUser && home) {
        yield {
          at: home.span,
          confidence: 'medium',
          message: `${name} probably works as root: no user is named, and ${home.value.target} is root’s`,
        };
      }
    }
  },
});

/** Another user: the one before the last USER of the Dockerfile, or one that the image is known to have. */
function otherUser(at: Span, base: string | undefined, build: BuildFacts | undefined): { fix?: Fix } {
  const users = (build?.chain[0]?.instructions ?? []).filter(({ name, onbuild }) => name === 'USER' && !onbuild);
  const last = users.at(-1);
  const why = 'what it does as root fails, and files of root stay root’s';
  // Of a Dockerfile inside of a compose file only the whole has a place.
  if (last?.inline) return {};
  if (last?.span.start === at.start && last.span.file === at.file) {
    const before = users.at(-2)?.text.trim();
    if (before === undefined || isRoot(before)) return {};
    return { fix: offer(`Leaves ${before} as the user`, why, [{ kind: 'remove', at }]) };
  }
  // Docker's node image has a user of its own (github.com/nodejs/docker-node, “non-root user”).
  const user = imageParts(base ?? '').name === 'node' ? 'node' : imageFacts(base ?? '')?.remoteUser;
  if (user === undefined) return {};
  const edit: Edit = { kind: 'replace', at, change: (text) => (isRoot(text) ? user : undefined) };
  return { fix: offer(`Makes ${user} the user`, why, [edit]) };
}
