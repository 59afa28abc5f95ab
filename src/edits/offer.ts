import type { Edit, Fix } from '../core/fix.ts';
import type { Some, Span } from '../core/span.ts';
import { featureId } from '../model/knowledge-features.ts';
import type { Container, Workspace } from '../model/workspace.ts';

/** Programs that need root's powers, or a setuid program's way to them. */
const POWERFUL =
  /(?:^|[\s;&|(/])(?:sudo|su|doas|gosu|runuser|apt|apt-get|apk|dnf|yum|zypper|pacman|chown|mount|umount|iptables|ip6tables|nft|ipset|modprobe|insmod|losetup|dockerd|containerd|podman|buildah|service|systemctl|sysctl|useradd|usermod|groupmod|adduser|setcap|tcpdump|tc|unshare|bwrap)(?=$|[\s;&|)])/;
/** Features that start a program of their own or build on more power. */
const STARTS = /docker|podman|sshd|desktop|minikube|kubernetes|nix|tailscale|vpn/i;

/**
 * What in the files may need the power that a fix takes from a container; undefined if nothing there does. The image's
 * own entrypoint is not known: the editor replaces it, compose does not, so other services are never judged safe.
 */
export function needsPower({ configurations }: Workspace, container: Container): string | undefined {
  if (container.role !== 'agent') return `what ${container.name} runs may need it`;
  const configuration = configurations.find(({ containers }) => containers.includes(container));
  for (const { value: script } of configuration?.scripts ?? []) {
    if (script.on !== 'container') continue;
    const found = POWERFUL.exec([script.text, ...(script.words ?? [])].join('\n'));
    if (found) return `${script.hook} uses ${found[0].replace(/^[\s;&|(/]/, '')}, which may fail then`;
  }
  const feature = container.features.find(({ value }) => isUnknown(value.id) || STARTS.test(value.id));
  return feature && `the Feature ${feature.value.id} may need it`;
}

const isUnknown = (id: string): boolean => !featureId(id).startsWith('ghcr.io/devcontainers/features/');

/**
 * Why a container cannot do without capabilities; undefined where nothing speaks against dropping them all. Root without
 * DAC_OVERRIDE (capabilities(7)) cannot write what others own: on a Linux host that is the workspace.
 */
export function needsCapabilities(workspace: Workspace, container: Container): string | undefined {
  const user = container.user?.value ?? '';
  if (isRoot(user)) return 'root in it can no longer write files of others, as the workspace may be';
  if (user === '') return 'if it works as root, it can no longer write files of others';
  return needsPower(workspace, container);
}

/** `root`, `0`, `root:root`, `0:1000`. */
export const isRoot = (user: string): boolean => /^(?:root|0+)(?::.*)?$/.test(user);

/** A fix that is safe unless something in the files speaks against it. */
export function offer(does: string, against: string | undefined, edits: Some<Edit>): Fix {
  return against === undefined
    ? { safe: true, does: `${does}.`, edits }
    : { safe: false, does: `${does}; ${against}.`, edits };
}

/** Whether a container is a service of a compose file; otherwise devcontainer.json makes it. */
export const isService = ({ at }: Container): boolean => /\.ya?ml$/.test(at.file);

/** Adds an item to a list of a service, or an option of `docker run` to devcontainer.json. */
export function addItem(container: Container, key: string, item: string, list = 'runArgs', option?: string): Edit {
  const { file } = container.at;
  return isService(container)
    ? { kind: 'append', file, path: ['services', container.name, key], items: [item] }
    : { kind: 'append', file, path: [list], items: [option ?? `--${key.replaceAll('_', '-')}=${item}`] };
}

/**
 * Takes out what was found; undefined where a Feature or the image brings it, which are wanted for more than that, and in
 * files of variables, which nothing here edits.
 */
export function removal(container: Container, at: Span, does: string, against: string | undefined): { fix?: Fix } {
  const { features, image, build } = container;
  const whole = [
    ...features.map(({ span }) => span),
    image?.span,
    ...(build?.chain ?? []).map(({ from }) => from.span),
  ];
  const brought = whole.some((span) => span?.file === at.file && span.start === at.start);
  const editable = /\.(?:jsonc?|ya?ml)$/.test(at.file) || at.file === build?.dockerfile.file;
  return brought || !editable || at.end <= at.start ? {} : { fix: offer(does, against, [{ kind: 'remove', at }]) };
}

/** Sets no-new-privileges, without which setuid programs work. */
export function noNewPrivileges(workspace: Workspace, container: Container): Fix {
  return offer(
    `Sets no-new-privileges for ${container.name}: sudo and other setuid programs give nothing in it any more`,
    needsPower(workspace, container),
    [addItem(container, 'security_opt', 'no-new-privileges:true', 'securityOpt', 'no-new-privileges')],
  );
}
