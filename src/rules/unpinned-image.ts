import type { Located } from '../core/span.ts';
import { imageParts } from '../model/knowledge.ts';
import { defineRule } from './rule.ts';

/** A part of a tag that says “whatever is newest”. */
const MOVING = /(?:^|[-._])(?:latest|lts|stable|edge|nightly|main|master|dev|canary|next|current)(?:$|[-._])/;

export default defineRule({
  id: 'unpinned-image',
  title: 'An image is named without a digest',
  severity: 'medium',
  persona: 'regular',
  attacks: ['SUP-01'],
  why: `A tag is whatever its owner last pushed. \`latest\`, or no tag at all, changes with every release; a version tag changes less often,
and as silently. Only a digest names one image for good.`,
  remedy:
    'Name a version and its digest: `node:22-bookworm-slim@sha256:…` (`docker buildx imagetools inspect IMAGE` prints it).',
  references: ['https://docs.docker.com/build/building/best-practices/#pin-base-image-versions'],
  bad: [
    {
      title: 'latest',
      files: { 'compose.yaml': 'services:\n  dev:\n    image: «tecnativa/docker-socket-proxy:latest»\n' },
    },
    { title: 'no tag', files: { 'devcontainer.json': '{ "image": «"example.com:5000/team/box"» }' } },
    {
      title: 'a tag without a version',
      files: {
        'compose.yaml':
          'services:\n  dev:\n    image: «node:lts-alpine»\n    volumes: [".:/app"]\n  build:\n    image: «rust:slim-bookworm»\n  tool:\n    image: «example.com/team/tool:0.3-dev»\n',
      },
    },
    {
      title: 'a version tag (severity low)',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'ARG NODE=22\nFROM «node:${NODE}-bookworm-slim»\n',
      },
    },
  ],
  good: [
    {
      title: 'a digest',
      files: {
        'devcontainer.json':
          '{ "image": "debian:12@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }',
      },
    },
    {
      title: 'an earlier stage, and nothing at all',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM scratch AS base\nFROM base\n',
      },
    },
    {
      title: 'built here',
      files: {
        'compose.yaml': 'services:\n  dev:\n    image: team/box\n    build: .\n  worker:\n    image: team/box\n',
        Dockerfile: 'FROM scratch\n',
      },
    },
  ],
  *check({ containers }) {
    const seen = new Set<string>();
    const made = new Set(containers.map(({ builds }) => builds));
    for (const { name, image, build } of containers) {
      const stages = build?.dockerfile.stages ?? [];
      const names = new Set(stages.map((stage) => stage.name));
      const images: Located<string>[] = stages
        .filter(({ from, open }) => !open && from.value !== 'scratch' && !names.has(from.value.toLowerCase()))
        .map(({ from }) => from);
      if (image && !image.value.includes('${') && !made.has(image.value)) images.push(image);
      for (const { value, span } of images) {
        const { tag, digest } = imageParts(value);
        const place = `${span.file}:${span.start}`;
        if (digest !== undefined || seen.has(place)) continue;
        seen.add(place);
        const moving = tag === undefined || !/\d/.test(tag) || MOVING.test(tag);
        yield moving
          ? { at: span, confidence: 'high', message: `${name}: ${value} is another image with each release` }
          : { at: span, confidence: 'high', severity: 'low', message: `${name}: ${value} has no digest` };
      }
    }
  },
});
