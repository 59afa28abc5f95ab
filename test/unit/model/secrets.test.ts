import { describe, expect, it } from 'vitest';
import { secretValue, textSecrets, valueSecret } from '../../../src/model/secrets.ts';

const told = (text: string): readonly string[] =>
  textSecrets(text).map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`);

describe('a password that everybody guesses', () => {
  it.each([
    'postgres',
    'PASSWORD123!',
    'changeme',
    'change-me',
    'minioadmin',
    '12345',
    '123456789',
    '12345admin',
    'testdev1',
  ])('is %s', (value) => {
    expect(secretValue(value)).toBe('everyday');
  });

  it.each(['k3v-9QzT', '1234x', 'postgresql-7f', 'rootx'])('is not %s', (value) => {
    expect(secretValue(value)).toBe('likely');
  });

  it('is told from a long one at once', () => {
    for (const part of ['12345', 'SA12345', 'changeme', 'minioadmin', 'devtest1'])
      expect(secretValue(`${part.repeat(20_000)}x`)).toBe('likely');
  });
});

describe('a password in a URL', () => {
  it.each([
    ['see postgres://app:k3v-9QzT@db/x now', ['likely postgres://app:k3v-9QzT@']],
    ['git+https://:k3v-9QzT@e.x', ['likely git+https://:k3v-9QzT@']],
    ['a://b a://b:c d://e:k3v-9QzT@f', ['likely d://e:k3v-9QzT@']],
    ['amqp://guest:guest@q', ['everyday amqp://guest:guest@']],
    ['http://app:${PASSWORD}@db ://a:k3v-9QzT@b http://a/b:c@d', []],
  ])('of %s', (text, expected) => {
    expect(told(text)).toEqual(expected);
  });

  it('is a variable’s', () => {
    expect(valueSecret('URL', 'redis://:k3v-9QzT@r:6379')).toEqual({
      what: 'URL has a password in its URL',
      kind: 'likely',
    });
    expect(valueSecret('URL', 'http://e.x:80/a@b')).toBeUndefined();
  });
});
