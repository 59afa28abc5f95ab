import { folder, user, words } from './container.ts';
import { flag, ignored, list, type Reader, record, whole, zero } from './read.ts';

/** A command to be run in a container that the client made. */
export const execBody: Reader<object> = record((take) => {
  take('Privileged', zero); // all capabilities in a container that has few
  take('DetachKeys', zero);
  take('Detach', flag);
  take('Container', ignored);
  return {
    User: take('User', user),
    Tty: take('Tty', flag),
    AttachStdin: take('AttachStdin', flag),
    AttachStdout: take('AttachStdout', flag),
    AttachStderr: take('AttachStderr', flag),
    Env: take('Env', words),
    Cmd: take('Cmd', words),
    WorkingDir: take('WorkingDir', folder),
    ConsoleSize: take('ConsoleSize', consoleSize),
  };
});

/** How it is started. `hijack` and `stdin` are options of dockerode for itself, which it sends along. */
export const execStartBody: Reader<object> = record((take) => {
  take('hijack', ignored);
  take('stdin', ignored);
  return { Detach: take('Detach', flag), Tty: take('Tty', flag), ConsoleSize: take('ConsoleSize', consoleSize) };
});

function consoleSize(...[value, at]: Parameters<Reader<unknown>>): readonly number[] | undefined {
  const size = list(whole(0, 10_000), 2)(value, at);
  return size?.length === 2 ? size : undefined;
}
