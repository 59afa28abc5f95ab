import http from 'node:http';

/** Whether the proxy of our own container answers. It says nothing about the apps: those are the agent's. */
export function proxyAnswers(port: number, timeoutMs = 5_000): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.request(
      { host: '127.0.0.1', port, method: 'OPTIONS', path: '*', timeout: timeoutMs, agent: false },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode === 204));
        answer.on('error', () => resolve(false));
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.end();
  });
}
