import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Where a command's words go. Results on `out`, progress and errors on `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Colours `text` where the stream is a terminal and NO_COLOR is not set (https://no-color.org). */
  style(stream: 'out' | 'err', style: Style, text: string): string;
  /** Columns to fill; 80 where unknown. */
  readonly width: number;
  /** Whether a person can be asked. */
  readonly interactive: boolean;
}

const colours = (stream: NodeJS.WriteStream): boolean =>
  !process.env['NO_COLOR'] && (stream.isTTY === true || !!process.env['FORCE_COLOR']);

export function processTerminal(): Terminal {
  const streams = { out: process.stdout, err: process.stderr };
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    style: (stream, style, text) =>
      colours(streams[stream]) ? styleText(style, text, { validateStream: false }) : text,
    width: process.stdout.columns ?? 80,
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
  };
}
