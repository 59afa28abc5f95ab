import { defineRule } from './rule.ts';
import { commands } from './support/commands.ts';

/** The group's bit is left out: on folders, where it is usual, it only hands the group down. */
const SETUID = /^(?:0?[4-7][0-7]{3}|[go]*[ua][ugoa]*\+[rwxXt]*s[rwxXt]*|\+[rwxXt]*s[rwxXt]*)$/;

export default defineRule({
  id: 'setuid-program',
  title: 'A program is made to run as another user',
  severity: 'medium',
  persona: 'regular',
  attacks: ['RUN-04'],
  why: `Whoever starts it has its owner’s rights, mostly root’s, or the capability that it was given. An interpreter or an editor hands
them to its caller; smaller programs have done so by their faults.`,
  remedy: 'Do what needs root in the Dockerfile. Set `no-new-privileges`, which takes the bit’s effect away.',
  references: ['https://man7.org/linux/man-pages/man7/capabilities.7.html'],
  bad: [
    {
      title: 'the bit',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN cp /bin/tool /opt/tool && «chmod u+s /opt/tool»\n',
      },
    },
    {
      title: 'as a number',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN «chmod 4755 /opt/tool»\n',
      },
    },
    {
      title: 'a capability',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile: 'FROM debian\nRUN «setcap cap_net_admin+ep /usr/bin/node»\n',
      },
    },
  ],
  good: [
    {
      title: 'a sticky folder, and bits taken away',
      files: {
        'devcontainer.json': '{ "build": { "dockerfile": "Dockerfile" } }',
        Dockerfile:
          'FROM debian\nRUN chmod 1777 /tmp && chmod 2775 /src && chmod g+rwxs /srv && chmod 0755 /opt && chmod a-s /bin/su && find / -perm /6000 -exec chmod ug-s {} + && setcap -r /bin/ping\n',
      },
    },
  ],
  *check({ configurations }) {
    for (const { program, args, at } of commands(configurations)) {
      const [mode = '', ...files] = args.filter((word) => !/^-[Rvcf]+$/.test(word));
      if (program === 'chmod' && SETUID.test(mode)) {
        yield { at, confidence: 'high', message: `${files.join(' ')} runs as its owner, whoever starts it` };
      } else if (program === 'setcap' && mode !== '-r') {
        yield { at, confidence: 'high', message: `${files.join(' ')} has ${mode}, whoever starts it` };
      }
    }
  },
});
