import { parsePorts } from '../../policy/ports.ts';
import { relayToApps, relayToSockets } from './relay.ts';

/** `relay agent|editor FOLDER PORT…`: one end of the forward in a container of the box. Ends when it cannot go on. */
async function main([side, folder = '', ...words]: readonly string[]): Promise<void> {
  const ports = parsePorts(words);
  if (typeof ports === 'string') throw new Error(ports);
  if (side === 'agent') await relayToApps(folder, ports);
  else if (side === 'editor') await relayToSockets(folder, ports);
  else throw new Error('relay agent|editor FOLDER PORT…');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`relay: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
