import { describe, expect, it } from 'vitest';
import { causeOf, complaint } from '../../../src/sidecars/firewall/engine-errors.ts';

describe('an error of the engine', () => {
  it.each([
    [
      'failed to create task for container: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "nothing": executable file not found in $PATH',
      /command cannot be started/,
    ],
    ['unable to find user nobody2: no matching entries in passwd file', /no such user/],
    [
      'driver failed programming external connectivity: Bind for 10.1.2.1:5432 failed: port is already allocated',
      /port is taken/,
    ],
    ['container 4f1e is not running', /not running/],
    ['Conflict. The container name "/shop.sandbox.db" is already in use by container "4f1e"', /name is taken/],
    [
      'error while removing network: network x has active endpoints (name:"bank-db-1" id:"1")',
      /containers are on the network/,
    ],
  ])('is told by its cause: %s', (message, said) => {
    expect(causeOf({ message })).toMatch(said);
  });

  it.each([
    'Get "https://registry.corp.example/v2/": dial tcp: lookup registry.corp.example on 192.0.2.53:53: no such host',
    'Get "http://127.0.0.1:5999/v2/": EOF',
    'error mounting "/var/lib/docker/containers/4f1e/resolv.conf"',
    '',
  ])('is not told where it is about the host: %s', (message) => {
    expect(causeOf({ message })).toBe('its reason is only for the host; see the log of the engine');
  });

  it('about a parameter is told without paths and addresses', () => {
    const message = 'invalid filter at /srv/x: bad parameter for /single on 192.0.2.7:53 and [fd00::1]:53';
    expect(complaint({ message })).toBe(
      'invalid filter at [path]: bad parameter for [path] on [address] and [address]',
    );
  });
});
