import * as z from 'zod';
import { NODE_DEFAULTS, NODE_VERSION, PACKAGE_MANAGER } from './node-settings.ts';

const AGE = /^(?:none|[1-9][0-9]{0,3}[mhd])$/u;
/** A name as the registry takes it: nothing that a shell, a npmrc or an option could read otherwise. */
const PACKAGE = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/u;

export const node = z
  .strictObject({
    version: z
      .string()
      .regex(NODE_VERSION, 'a Node version from 18 on, as a quoted text: "22", "22.11" or "22.11.0"')
      .default(NODE_DEFAULTS.version)
      .describe('A tag of the `node` image: "22", "22.11" or "22.11.0". Quoted, because YAML reads 22.10 as 22.1.'),
    packageManager: z
      .string()
      .max(60)
      .regex(
        PACKAGE_MANAGER,
        'npm, npm@VERSION, pnpm@VERSION or yarn@VERSION, with an exact version such as pnpm@10.4.1',
      )
      .default(NODE_DEFAULTS.packageManager)
      .describe(
        '`npm` (as it comes with Node), or `npm@VERSION`, `pnpm@VERSION`, `yarn@VERSION` with the exact version.',
      ),
    minimumReleaseAge: z
      .string()
      .regex(AGE, 'an age such as 1d, 12h or 90m, or none')
      .default(NODE_DEFAULTS.minimumReleaseAge)
      .describe(
        'How long a version must have been published before it is resolved: `1d`, `12h`, `90m` or `none`. Known to npm from 11.10, pnpm from 10.16 and yarn from 4.10. The agent can set it otherwise: it keeps mistakes away, not the agent.',
      ),
    installScripts: z
      .array(
        z
          .string()
          .max(214)
          .regex(PACKAGE, 'the name of a package, such as esbuild or @swc/core')
          .describe('A package.'),
      )
      .max(100)
      .meta({ uniqueItems: true })
      .default([...NODE_DEFAULTS.installScripts])
      .describe(
        'Packages whose install scripts run when the box installs what the lockfile pins. The scripts of no other package run.',
      ),
  })
  .describe('Settings of `stack: node`.');
