import { describe, expect, it } from 'vitest';
import { seen } from '../../support/fixing.ts';

const WRITE = 'RUN echo "dev ALL=(ALL) NOPASSWD:ALL" > /etc/sudoers.d/dev';
const DECLARED = 'ARG U=dev\nRUN echo "$U ALL=NOPASSWD:ALL" > /etc/sudoers.d/$U';

const told = async (dockerfile: string): Promise<boolean> => {
  const files = {
    'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" }, "remoteUser": "dev" }',
    Dockerfile: `FROM debian\n${dockerfile}\nUSER dev\n`,
  };
  return (await seen(files)).findings.some(({ rule }) => rule === 'passwordless-sudo');
};

describe('rules of sudo that are removed again', () => {
  it.each([
    `${WRITE}\nRUN rm /etc/sudoers.d/dev`,
    `${WRITE}\nRUN apt-get update && rm -f "/etc/sudoers.d/dev"; true`,
    `${DECLARED}\nRUN rm -f /etc/sudoers.d/\${U}`,
  ])('are none: %j', async (dockerfile) => {
    expect(await told(dockerfile)).toBe(false);
  });

  it.each([
    `${WRITE}\nONBUILD RUN rm -f /etc/sudoers.d/dev`,
    `${WRITE}\nRUN rm -f "/etc/sudoers.d/*"`,
    `${WRITE}\nRUN rm -f /etc/sudoers.d || true`,
    `${WRITE}\nRUN rm -f /etc/sudoers.d`,
    `${WRITE}\nRUN true || rm -f /etc/sudoers.d/dev`,
    `${WRITE}\nRUN if false; then rm -f /etc/sudoers.d/dev; fi`,
    `${WRITE}\nRUN exit 0; rm -f /etc/sudoers.d/dev`,
    `${WRITE}\nRUN rm -rf /tmp/x # not /etc/sudoers.d/dev`,
    `${WRITE}\nRUN echo "to close: && rm -f /etc/sudoers.d/dev"`,
    `${WRITE}\nRUN echo "to close: && rm -f /etc/sudoers.d/dev "`,
    `${WRITE}\nRUN echo '; rm -f /etc/sudoers.d/dev ;'`,
    `RUN rm -f /etc/sudoers.d/dev\n${WRITE}`,
    `${WRITE}\nRUN rm -f /etc/sudoers.d/dev\n${WRITE}`,
    `${WRITE}\nRUN mv /etc/sudoers.d/dev /etc/sudoers.d/x && rm -f /etc/sudoers.d/dev`,
    `${WRITE} && cp /etc/sudoers.d/dev /etc/sudoers.d/x\nRUN rm -f /etc/sudoers.d/dev`,
    'RUN echo "permit nopass dev" > /etc/doas.conf && echo "d ALL=NOPASSWD:ALL" > /etc/sudoers.d/dev\nRUN rm -f /etc/sudoers.d/dev',
    'RUN for u in a b; do echo "$u ALL=NOPASSWD:ALL" > /etc/sudoers.d/$u; done\nRUN rm -f /etc/sudoers.d/$u',
    `${DECLARED}\nFROM debian\nRUN rm -f /etc/sudoers.d/$U\n${WRITE}`,
    `${DECLARED}\nENV U=other\nRUN rm -f /etc/sudoers.d/$U`,
    `${DECLARED}\nRUN U=other; rm -f /etc/sudoers.d/$U`,
    'ARG U=dev\nRUN U=x && echo "x ALL=NOPASSWD:ALL" > /etc/sudoers.d/$U\nRUN rm -f /etc/sudoers.d/$U',
    `${WRITE}\nRUN rm -i /etc/sudoers.d/dev`,
    'RUN echo "d ALL=NOPASSWD:ALL" | (EDITOR="tee -a" visudo) && touch /etc/sudoers.d/t\nRUN rm /etc/sudoers.d/t',
    'RUN echo "d ALL=NOPASSWD:ALL" >> /etc/sudoers && touch /etc/sudoers.d/t\nRUN rm /etc/sudoers.d/t',
    'RUN echo "d ALL=NOPASSWD:ALL" > /etc/sudoers.d/dev && bash <<E\necho "e ALL=NOPASSWD:ALL" > /etc/sudoers.d/b\nE\nRUN rm /etc/sudoers.d/dev',
  ])('are told unless it is certain: %j', async (dockerfile) => {
    expect(await told(dockerfile)).toBe(true);
  });
});
