import * as z from 'zod';
import { docker } from '../host/docker.ts';
import { inspectContainers } from '../host/engine.ts';
import type { ContainerFacts, NetworkFacts } from '../probes/probe.ts';

const strings = z
  .record(z.string(), z.string())
  .nullish()
  .transform((map) => map ?? {});

const inspected = z.object({
  Id: z.string(),
  Name: z.string(),
  Created: z.string(),
  Config: z.looseObject({ Image: z.string(), User: z.string(), Labels: strings }),
  State: z.object({ Running: z.boolean(), Health: z.object({ Status: z.string() }).nullish() }),
  Mounts: z.array(
    z.object({
      Type: z.string(),
      Name: z.string().optional(),
      Source: z.string().default(''),
      Destination: z.string(),
      RW: z.boolean(),
    }),
  ),
  HostConfig: z.looseObject({
    NetworkMode: z.string(),
    PidMode: z.string(),
    LogConfig: z.object({ Type: z.string(), Config: strings }),
    PortBindings: z
      .record(z.string(), z.array(z.object({ HostIp: z.string() })).nullable())
      .nullish()
      .transform((map) => map ?? {}),
  }),
  NetworkSettings: z.object({
    Networks: z
      .record(z.string(), z.object({ NetworkID: z.string(), IPAddress: z.string(), Gateway: z.string() }))
      .nullish()
      .transform((map) => map ?? {}),
  }),
});

/** What `docker inspect` says of one container, as far as it is used. */
export type Inspected = z.infer<typeof inspected>;

export async function inspect(ids: readonly string[]): Promise<readonly Inspected[]> {
  return z.array(inspected).parse(await inspectContainers(ids));
}

export async function inspectOne(id: string): Promise<Inspected> {
  const [found] = await inspect([id]);
  if (!found) throw new Error(`container ${id} is gone`);
  return found;
}

export function containerFacts(found: Inspected): ContainerFacts {
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ''),
    image: found.Config.Image,
    running: found.State.Running,
    health: found.State.Health?.Status ?? 'none',
    labels: found.Config.Labels,
    mounts: found.Mounts.map(({ Type, Name, Source, Destination, RW }) => ({
      type: Type,
      source: Type === 'volume' ? (Name ?? '') : Source,
      target: Destination,
      writable: RW,
    })),
    networkMode: found.HostConfig.NetworkMode,
    pidMode: found.HostConfig.PidMode,
    networks: Object.entries(found.NetworkSettings.Networks).map(([name, network]) => ({
      id: network.NetworkID,
      name,
      address: network.IPAddress,
      gateway: network.Gateway,
    })),
    published: Object.entries(found.HostConfig.PortBindings).flatMap(([port, bindings]) =>
      (bindings ?? []).map(({ HostIp }) => ({ hostIp: HostIp, port })),
    ),
    logging: { driver: found.HostConfig.LogConfig.Type, options: found.HostConfig.LogConfig.Config },
  };
}

const network = z.array(
  z.object({
    Name: z.string(),
    Internal: z.boolean(),
    Containers: z
      .record(z.string(), z.unknown())
      .nullish()
      .transform((map) => map ?? {}),
  }),
);

export async function inspectNetwork(id: string): Promise<NetworkFacts> {
  const [found] = network.parse(JSON.parse(await docker(['network', 'inspect', id])));
  if (!found) throw new Error(`network ${id} is gone`);
  return { name: found.Name, internal: found.Internal, members: Object.keys(found.Containers) };
}

const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

/** Every container of the engine; one that goes away meanwhile is left out. */
export async function inspectAll(): Promise<readonly Inspected[]> {
  const ids = lines(await docker(['ps', '--all', '--quiet', '--no-trunc']));
  try {
    return await inspect(ids);
  } catch {
    const each = await Promise.all(ids.map((id) => inspect([id]).catch(() => [])));
    return each.flat();
  }
}
