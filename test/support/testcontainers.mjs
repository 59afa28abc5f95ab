// Run by the clients' test, with DOCKER_HOST: testcontainers reads it once a process.
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import pg from 'pg';
import { GenericContainer, Wait } from 'testcontainers';

const [what, image] = process.argv.slice(2);

async function generic() {
  const container = await new GenericContainer(image)
    .withCommand(['sh', '-c', 'echo ready; sleep 300'])
    .withEnvironment({ KEY: 'value' })
    .withWaitStrategy(Wait.forLogMessage('ready'))
    .start();
  try {
    const { output, exitCode } = await container.exec(['env']);
    console.log(exitCode, /^KEY=.*$/m.exec(output)?.[0]);
  } finally {
    await container.stop({ timeout: 0 });
  }
}

async function postgres() {
  const container = await new PostgreSqlContainer(image).start();
  const client = new pg.Client(container.getConnectionUri());
  try {
    await client.connect();
    const { rows } = await client.query('SELECT 40 + 2 AS answer');
    console.log('answer', rows[0].answer);
  } finally {
    await client.end();
    await container.stop();
  }
}

try {
  await { generic, postgres }[what]();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
