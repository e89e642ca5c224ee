import type { ProcessExit } from './agent-process.ts';
import type { TurnCounts } from './event-budget.ts';
import type { StartFailure } from './start-failure.ts';

type TurnFailure =
  | StartFailure['failure']
  | 'exited'
  | 'killed_by_signal'
  | 'ended_without_done'
  | 'flooded'
  | 'timed_out'
  | 'handler_failed';

/** How a turn ended. `stderrTail` is the end of the agent's log, at most 64 KiB. */
export type AgentTurnOutcome = Ending & { readonly counts: TurnCounts };

/** Why a turn was ended before the agent ended it. */
export type Stopped = Failure | { readonly status: 'cancelled' };

type Ending =
  | { readonly status: 'done'; readonly summary?: string }
  | { readonly status: 'cancelled' }
  | (Failure & { readonly stderrTail: string });

export interface Failure {
  readonly status: 'failed';
  readonly failure: TurnFailure;
  /** One line: the fact, its subject, and what to do. */
  readonly message: string;
  readonly exitCode?: number;
  readonly signal?: NodeJS.Signals;
  /** What the handler threw. */
  readonly cause?: unknown;
}

/** What is wrong with how a program ended by itself; `exit` is undefined when it stayed and had to be killed. */
export function unfinished(exit: ProcessExit | undefined, done: boolean): Failure | undefined {
  const when = done ? 'after it had said done' : 'before it said done';
  if (exit?.signal) {
    return {
      status: 'failed',
      failure: 'killed_by_signal',
      message: `The agent's program was killed by ${exit.signal} ${when}; see the end of its log.`,
      signal: exit.signal,
    };
  }
  if (exit?.code) {
    return {
      status: 'failed',
      failure: 'exited',
      message: `The agent's program exited with code ${exit.code} ${when}; see the end of its log.`,
      exitCode: exit.code,
    };
  }
  if (done) return undefined;
  const how = exit === undefined ? 'closed its standard output' : 'exited with code 0';
  return {
    status: 'failed',
    failure: 'ended_without_done',
    message: `The agent's program ${how} without an event of type done; let it write one as its last line.`,
    ...(exit === undefined ? {} : { exitCode: 0 }),
  };
}

export function flooded(fault: string): Failure {
  return failed('flooded', `The agent flooded its output: ${fault}; let it say less, and write large data to files.`);
}

export function timedOut(turnMs: number): Failure {
  const seconds = turnMs / 1_000;
  return failed(
    'timed_out',
    `The agent was not done after ${seconds} seconds; let it do less in a turn, or allow more time.`,
  );
}

export function handlerFailed(cause: unknown): Failure {
  return {
    ...failed('handler_failed', 'What the agent said could not be handled, so its turn was ended; see the cause.'),
    cause,
  };
}

function failed(failure: TurnFailure, message: string): Failure {
  return { status: 'failed', failure, message };
}
