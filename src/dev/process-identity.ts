import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

// Of /proc/<pid>/stat, counted behind the program's name, which may hold anything: state and time of the start.
const STATE = 0;
const START_TIME = 19;

/**
 * What tells a process from all others that had or will have its id: the same text for as long as it lives. Undefined
 * when there is none, or only a dead one that its parent has not taken note of.
 */
export async function processIdentity(pid: number): Promise<string | undefined> {
  switch (process.platform) {
    case 'linux':
      return onLinux(pid);
    case 'win32':
      return isThere(pid) ? String(pid) : undefined;
    default:
      return byPs(pid);
  }
}

async function onLinux(pid: number): Promise<string | undefined> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ['Z', 'X'].includes(fields[STATE] ?? '') ? undefined : `${boot.trim()}/${fields[START_TIME] ?? ''}`;
  } catch {
    return undefined;
  }
}

async function byPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]);
    const [, state = '', startedAt = ''] = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout) ?? [];
    return state.startsWith('Z') || startedAt === '' ? undefined : startedAt;
  } catch {
    return undefined;
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
