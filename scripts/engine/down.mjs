#!/usr/bin/env node
// Stops the engine that up.mjs started; images, volumes and the cache stay. `--purge` drops images and volumes too. An
// engine that was there already is left alone.
import { rmSync } from 'node:fs';
import { stopDaemon } from './daemon.mjs';
import { SETTINGS } from './settings.mjs';
import { Stop, say } from './tools.mjs';

try {
  say((await stopDaemon()) ? 'stopped' : 'no engine of ours runs');
  if (process.argv.includes('--purge')) rmSync(SETTINGS.data, { recursive: true, force: true });
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  say(error.message);
  process.exitCode = 1;
}
