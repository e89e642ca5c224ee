import { stat } from 'node:fs/promises';

/** Why a program could not be started. */
export interface StartFailure {
  readonly failure: 'program_missing' | 'not_executable' | 'folder_missing';
  readonly message: string;
}

/** The failure when `cwd` is no folder that a program could start in. Node reports it as a missing program. */
export async function checkFolder(cwd: string): Promise<StartFailure | undefined> {
  const folder = await stat(cwd).catch(() => undefined);
  if (folder?.isDirectory() === true) return undefined;
  const fault = folder === undefined ? 'does not exist or cannot be entered' : 'is not a folder';
  return { failure: 'folder_missing', message: `The agent's folder ${cwd} ${fault}; create it or correct the path.` };
}

/** The failure that an error of `spawn` stands for, or undefined when it says nothing about the program. */
export function explainSpawnError(error: unknown, program: string, path: string | undefined): StartFailure | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const searched = program.includes('/') ? '' : ` in the PATH "${path ?? ''}"`;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return {
      failure: 'program_missing',
      message:
        `The agent's program "${program}" was not found${searched}; ` +
        'install it or correct the path, also that of the interpreter in its first line.',
    };
  }
  if (code === 'EACCES') {
    return {
      failure: 'not_executable',
      message:
        `The agent's program "${program}" may not be executed${searched}; ` +
        'it is a folder, or lacks the permission that chmod +x gives.',
    };
  }
  return undefined;
}
