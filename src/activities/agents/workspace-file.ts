import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';

export type WorkspaceFile =
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'refused'; readonly reason: string };

/** The real path of a file that an agent names relative to its workspace; no link may lead out of it. */
export async function findWorkspaceFile(workspace: string, path: string): Promise<WorkspaceFile> {
  const root = await realpath(workspace);
  try {
    const real = await realpath(resolve(root, path));
    if (!isBelow(root, real)) return refused(path, 'leads out of the workspace');
    return (await stat(real)).isFile() ? { kind: 'file', path: real } : refused(path, 'is not a file');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return refused(path, 'is not there; write it before naming it');
    if (code === 'EACCES' || code === 'ELOOP' || code === 'ENAMETOOLONG')
      return refused(path, `cannot be opened (${code})`);
    throw cause;
  }
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function refused(path: string, fault: string): WorkspaceFile {
  return { kind: 'refused', reason: `path: the file "${path}" ${fault}` };
}
