import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { endProcessGroup } from './process-group.ts';
import { checkFolder, explainSpawnError, type StartFailure } from './start-failure.ts';

export interface ProcessExit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface AgentProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ProcessExit>;
  /** Ends the process and all of its group, and resolves when it is gone. */
  end(): Promise<void>;
}

export interface StartOptions {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly killGraceMs: number;
}

/** Starts a program, without a shell, as the leader of a process group of its own, which never outlives it. */
export async function startAgentProcess(options: StartOptions): Promise<AgentProcess | StartFailure> {
  const [program, ...args] = options.command;
  if (program === undefined || program === '') {
    return { failure: 'program_missing', message: "The agent's command is empty; name a program." };
  }
  const folder = await checkFolder(options.cwd);
  if (folder !== undefined) return folder;

  const child = spawn(program, args, { cwd: options.cwd, env: options.env, detached: true });
  const exited = new Promise<ProcessExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  try {
    await once(child, 'spawn');
  } catch (error) {
    const failure = explainSpawnError(error, program, options.env.PATH);
    if (failure !== undefined) return failure;
    throw error;
  }
  const groupId = child.pid as number;

  let ended: Promise<void> | undefined;
  async function end(): Promise<void> {
    // Once only: after the group is gone, its number may belong to somebody else.
    ended ??= endProcessGroup(groupId, options.killGraceMs);
    await Promise.all([ended, exited]);
  }
  void exited.then(end);

  // Without a listener, an agent that does not read to the end of its input would take this process down.
  child.stdin.on('error', () => undefined);
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, exited, end };
}
