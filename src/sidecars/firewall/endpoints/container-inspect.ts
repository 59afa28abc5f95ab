import { defineEndpoint } from '../endpoint.ts';
import { endpointSettings, keySet, labels, message, mounts, name, portMap, reveals, secrets } from '../redact.ts';
import { absentContainer, sendToContainer } from '../resolve.ts';
import type { Rules } from '../scope.ts';
import { field, fields, flag, isRecord, list, number, type Shape, text, textOf } from '../shape.ts';

const shapeOf = (rules: Rules, { args, command, environment }: ReturnType<typeof secrets>): Shape =>
  fields({
    Id: text,
    Created: text,
    Path: text,
    Args: args,
    // No Pid (of the host), no output of health checks.
    State: fields({
      Status: text,
      Running: flag,
      Paused: flag,
      Restarting: flag,
      OOMKilled: flag,
      Dead: flag,
      ExitCode: number,
      Error: message,
      StartedAt: text,
      FinishedAt: text,
      Health: fields({ Status: text, FailingStreak: number }),
    }),
    Image: text,
    Name: name(rules),
    RestartCount: number,
    Driver: text,
    Platform: text,
    SizeRw: number,
    SizeRootFs: number,
    HostConfig: fields({
      NetworkMode: text,
      RestartPolicy: fields({ Name: text, MaximumRetryCount: number }),
      AutoRemove: flag,
      LogConfig: fields({ Type: text }),
      Memory: number,
      NanoCpus: number,
      PidsLimit: number,
      CapAdd: list(text),
      CapDrop: list(text),
      Privileged: flag,
      ReadonlyRootfs: flag,
      PortBindings: portMap,
      Init: flag,
    }),
    Mounts: mounts(rules),
    Config: fields({
      Hostname: text,
      User: text,
      AttachStdin: flag,
      AttachStdout: flag,
      AttachStderr: flag,
      ExposedPorts: keySet,
      Tty: flag,
      OpenStdin: flag,
      StdinOnce: flag,
      Env: environment,
      Cmd: command,
      Image: text,
      WorkingDir: text,
      Entrypoint: command,
      Labels: labels(rules),
      StopSignal: text,
      // Without it compose takes a container for healthy as soon as it runs. Arguments of the test hold passwords, too.
      Healthcheck: fields({
        Test: command,
        Interval: number,
        Timeout: number,
        StartPeriod: number,
        StartInterval: number,
        Retries: number,
      }),
    }),
    NetworkSettings: fields({ Ports: portMap, Networks: endpointSettings(rules) }),
  });
/** The network that a container was made with: the engine gives the id that we sent, the client knows the name. */
function mode(answer: unknown, rules: Rules): unknown {
  const asked = textOf(field(answer, 'HostConfig'), 'NetworkMode');
  const networks = field(field(answer, 'NetworkSettings'), 'Networks');
  const named = Object.entries(isRecord(networks) ? networks : {}).find(
    ([, one]) => textOf(one, 'NetworkID') === asked,
  );
  return name(rules)(named?.[0] ?? asked);
}

export default defineEndpoint({
  id: 'ContainerInspect',
  method: 'GET',
  path: '/containers/{id*}/json',
  levels: ['read', 'sandboxed'],
  section: 'CONTAINERS',
  why: 'Addresses, ports, health and limits of the project’s own services.',
  needs: ['containers'],
  query: { size: /^(?:0|1|true|false)$/i },
  reply: {
    kind: 'json',
    rebuild(answer, scope) {
      const shown = reveals(scope, field(answer, 'Id'), field(field(answer, 'Config'), 'Labels'));
      const kept = shapeOf(scope.rules, secrets(shown))(answer);
      if (!isRecord(kept)) return undefined;
      const host = field(kept, 'HostConfig');
      return isRecord(host) ? { ...kept, HostConfig: { ...host, NetworkMode: mode(answer, scope.rules) } } : kept;
    },
  },
  absent: absentContainer,
  decide: ({ params, query }, scope) => sendToContainer(scope, params.id, 'json', query),
});
