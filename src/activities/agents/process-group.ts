import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/**
 * Ends every process of a group: SIGTERM, then SIGKILL to what is left after `graceMs`. A process that made a session
 * of its own has left the group, and is not reached.
 */
export async function endProcessGroup(groupId: number, graceMs: number): Promise<void> {
  if (!signalGroup(groupId, 'SIGTERM')) return;
  const deadline = performance.now() + graceMs;
  while (performance.now() < deadline) {
    await sleep(POLL_MS);
    if (!signalGroup(groupId, 0)) return;
  }
  signalGroup(groupId, 'SIGKILL');
}

/** Signals a group, and tells whether there was anybody to signal. */
function signalGroup(groupId: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-groupId, signal);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    // macOS answers EPERM for a group in which only zombies are left.
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw cause;
  }
}
