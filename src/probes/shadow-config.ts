import { defineProbe } from './probe.ts';
import { tamperProbe } from './support/tamper.ts';

export default defineProbe({
  ...tamperProbe([{ path: '.devcontainer.json' }, { path: '.devcontainer', leaf: 'canary.json' }]),
  id: 'shadow-config',
  title: 'A second dev container configuration cannot be planted',
  attacks: ['TAM-04', 'RUN-11'],
  why: 'Editors offer each configuration that they find; an attacker’s needs to be picked only once.',
  leaves: 'Configurations in sub-folders that are opened as folders of their own.',
});
