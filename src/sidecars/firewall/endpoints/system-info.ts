import { defineEndpoint, send } from '../endpoint.ts';
import { Unexpected } from '../scope.ts';
import { fields, flag, isRecord, list, number, text } from '../shape.ts';

// Not: ID, Name, Labels, DockerRootDir, proxies (may hold passwords), registries, swarm addresses, pools, runtimes.
const shape = fields({
  Driver: text,
  Plugins: fields({ Volume: list(text), Network: list(text), Log: list(text) }),
  MemoryLimit: flag,
  SwapLimit: flag,
  CpuCfsPeriod: flag,
  CpuCfsQuota: flag,
  CPUShares: flag,
  CPUSet: flag,
  PidsLimit: flag,
  IPv4Forwarding: flag,
  OomKillDisable: flag,
  SystemTime: text,
  LoggingDriver: text,
  CgroupDriver: text,
  CgroupVersion: text,
  KernelVersion: text,
  OperatingSystem: text,
  OSType: text,
  Architecture: text,
  NCPU: number,
  MemTotal: number,
  ServerVersion: text,
  DefaultRuntime: text,
});

export default defineEndpoint({
  id: 'SystemInfo',
  method: 'GET',
  path: '/info',
  levels: ['read', 'sandboxed'],
  section: 'INFO',
  why: 'Clients ask for the platform and the limits that the engine supports.',
  needs: ['containers', 'images'],
  query: {},
  reply: {
    kind: 'json',
    rebuild(answer, { containers, images }) {
      const kept = shape(answer);
      if (!isRecord(kept)) throw new Unexpected('the information is not an object');
      const count = (state: string): number => containers.filter((container) => container.state === state).length;
      const [running, paused] = [count('running'), count('paused')];
      return {
        ...kept,
        ID: '',
        Name: '',
        Containers: containers.length,
        ContainersRunning: running,
        ContainersPaused: paused,
        ContainersStopped: containers.length - running - paused,
        Images: images.length,
        Swarm: { LocalNodeState: 'inactive' },
        Warnings: ['cofferdam shows this project only; what concerns the host is left out'],
      };
    },
  },
  decide: () => send('/info'),
});
