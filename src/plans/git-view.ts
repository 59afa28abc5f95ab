import { GIT_VIEW, GIT_VIEW_FOLDER } from '../policy/git-paths.ts';
import type { PartOf } from './part.ts';
import view from './templates/git-view.sh.tmpl';
import linked from './templates/git-view-linked.sh.tmpl';

/** The files of git's that a box mounts as copies where git in it is older than the host's, see GIT_VIEW. */
export const gitView: PartOf = (_, { git }) => {
  if (git === 'none') return undefined;
  const placed = (template: string): string =>
    template
      .replaceAll('@VIEWS@', () => GIT_VIEW_FOLDER)
      // As compose calls it, whose file is in .devcontainer.
      .replaceAll('@VIEWS_HERE@', () => GIT_VIEW_FOLDER.replace(/^\.devcontainer/, '.'))
      .trimEnd();
  const script = (config: string, mounted: string): string =>
    placed(view)
      .replaceAll('@CONFIG@', () => config)
      .replace('@MOUNTED@', () => mounted);
  if (git !== 'worktree') {
    return { host: [script('.git/config', '../.git/config')], variables: [`${GIT_VIEW.config}=$git_config`] };
  }
  return {
    host: [`${script('"$common/config"', '$common/config')}\n${placed(linked)}`],
    variables: [
      `${GIT_VIEW.config}=$(quoted "$git_config")`,
      `${GIT_VIEW.link}=$(quoted "$git_link")`,
      `${GIT_VIEW.gitdir}=$(quoted "$git_dir")`,
    ],
  };
};
