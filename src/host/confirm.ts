import { createInterface } from 'node:readline';

/** Asks on the terminal; anything but yes is no, and so are Ctrl-C and the end of the input. */
export function confirm(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  return new Promise((resolve) => {
    let answer = '';
    lines.on('SIGINT', () => lines.close());
    lines.on('close', () => resolve(/^y(?:es)?$/i.test(answer.trim())));
    lines.question(`${question} [y/N] `, (text) => {
      answer = text;
      lines.close();
    });
  });
}
