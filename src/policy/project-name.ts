/**
 * Name of the compose project of a workspace folder: what people recognise, and a hash of the whole path, so that two
 * folders of one name share nothing. initialize.sh computes the same.
 *
 * @param path absolute path of the folder, links resolved
 * @param sha256 of the path's UTF-8 bytes, in hexadecimal
 */
export function projectName(path: string, sha256: string): string {
  const slug = path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 30);
  return `${slug || 'box'}-${sha256.slice(0, 10)}`;
}
