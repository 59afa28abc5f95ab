import { defineEndpoint } from '../endpoint.ts';
import { endpointSettings, keySet, labels, message, mounts, portMap, reveals, secrets } from '../redact.ts';
import { absentContainer, sendToContainer } from '../resolve.ts';
import { field, fields, flag, list, number, type Shape, text } from '../shape.ts';

const shapeOf = ({ args, command, environment }: ReturnType<typeof secrets>): Shape =>
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
    Name: text,
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
    Mounts: mounts,
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
      Labels: labels,
      StopSignal: text,
    }),
    NetworkSettings: fields({ Ports: portMap, Networks: endpointSettings }),
  });
const redacted = shapeOf(secrets(false));
const whole = shapeOf(secrets(true));

export default defineEndpoint({
  id: 'ContainerInspect',
  method: 'GET',
  path: '/containers/{id}/json',
  levels: ['read', 'sandboxed'],
  section: 'CONTAINERS',
  why: 'Addresses, ports, health and limits of the project’s own services.',
  needs: ['containers'],
  query: { size: /^(?:0|1|true|false)$/i },
  reply: {
    kind: 'json',
    rebuild(answer, scope) {
      const shown = reveals(scope, field(field(answer, 'Config'), 'Labels'));
      return (shown ? whole : redacted)(answer) ?? undefined;
    },
  },
  absent: absentContainer,
  decide: ({ params, query }, scope) => sendToContainer(scope, params.id, 'json', query),
});
