import { setTimeout as sleep } from 'node:timers/promises';
import { type AgentAnswer, AgentPacket, type DecisionLine } from '../../contract/agent-protocol.ts';
import { type AgentProcess, type ProcessExit, startAgentProcess } from './agent-process.ts';
import type { EventLimits } from './event-budget.ts';
import { keepTail } from './text-tail.ts';
import {
  type AgentTurnOutcome,
  type Failure,
  flooded,
  handlerFailed,
  type Stopped,
  timedOut,
  unfinished,
} from './turn-outcome.ts';
import { type Refusal, readTurn, type TurnEvent, type TurnReader } from './turn-reader.ts';

export interface CommandAgentOptions {
  /** Program and arguments; there is no shell in between. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** All that the program finds in its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly packet: AgentPacket;
  /**
   * Handles an event; what it returns is written to the agent. The events come one after the other, but proposals are
   * handled beside the rest. A rejection ends the turn as `handler_failed`.
   */
  readonly onEvent: (event: TurnEvent) => Promise<DecisionLine | void>;
  /** Records a line that is no event. */
  readonly onRefusedLine: (refusal: Refusal) => Promise<void> | void;
  /** Ends the turn as `cancelled`, and with it every process of the agent. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<CommandAgentLimits>;
}

/** Sizes in bytes, times in milliseconds; the defaults are below. */
interface CommandAgentLimits extends EventLimits {
  readonly maxLineBytes: number;
  readonly maxProposalsInFlight: number;
  /** Answers that the agent has not read. */
  readonly maxUnreadBytes: number;
  /** The whole turn. */
  readonly turnMs: number;
  /** From the end of the agent's output to its exit. */
  readonly lingerMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly killGraceMs: number;
}

const MIB = 1024 * 1024;
const STDERR_BYTES = 64 * 1024;
// Programs that have left the group may hold the log open.
const STDERR_CLOSE_MS = 500;
// A longer timer fires at once.
const MAX_TIMER_MS = 2 ** 31 - 1;

const DEFAULT_LIMITS: CommandAgentLimits = {
  maxEvents: 100_000,
  maxBytes: 256 * MIB,
  maxRefusedLines: 100,
  maxEventsPerSecond: 200,
  // Half a minute's worth: a program may well report a thousand files it has just looked at.
  maxEventsAtOnce: 6_000,
  maxLineBytes: MIB,
  maxProposalsInFlight: 16,
  maxUnreadBytes: 4 * MIB,
  // As long as a draft may wait for its decision.
  turnMs: 24 * 3_600_000,
  lingerMs: 5_000,
  killGraceMs: 2_000,
};

/**
 * Runs a program for one turn of an agent: the packet and the answers to its standard input, its events from its
 * standard output, its log from standard error. Resolves when the program, and every process of its group, is gone.
 *
 * A turn that is done waits for the decisions on all its proposals; one that failed or was cancelled does not.
 * Rejects when the packet does not fit its schema, and when the machine itself fails: no more processes or open files.
 */
export async function runCommandAgent(options: CommandAgentOptions): Promise<AgentTurnOutcome> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  // Parsing also puts the members in the order that the protocol promises.
  const packet = AgentPacket.parse(options.packet);
  const nothing = { events: 0, refusedLines: 0, bytes: 0 };
  if (options.signal.aborted) return { status: 'cancelled', counts: nothing };

  const agent = await startAgentProcess({ ...options, killGraceMs: limits.killGraceMs });
  if ('failure' in agent) return { status: 'failed', ...agent, stderrTail: '', counts: nothing };

  const log = keepTail(agent.stderr, STDERR_BYTES);
  const stopper = new AbortController();
  const stopped = new Promise<Stopped>((resolve) => {
    stopper.signal.addEventListener('abort', () => resolve(stopper.signal.reason), { once: true });
  });
  // The first reason to stop is the one that counts: aborting again changes nothing.
  const stop = (why: Stopped): void => stopper.abort(why);

  const cancel = (): void => stop({ status: 'cancelled' });
  if (options.signal.aborted) cancel();
  options.signal.addEventListener('abort', cancel, { signal: stopper.signal });
  const timer = setTimeout(() => stop(timedOut(limits.turnMs)), Math.min(limits.turnMs, MAX_TIMER_MS));

  const send = openInput(agent, packet, limits.maxUnreadBytes, () =>
    stop(flooded(`more than ${limits.maxUnreadBytes} bytes of answers that it did not read`)),
  );
  const reader = readTurn({
    ...options,
    stdout: agent.stdout,
    exited: agent.exited,
    workspace: packet.workspace,
    limits,
    answer: send,
    onFlood: (fault) => stop(flooded(fault)),
    onHandlerError: (error) => stop(handlerFailed(error)),
    stopped: stopper.signal,
  });

  try {
    const ending = await Promise.race([stopped, complete(agent, reader, limits)]);
    // Whatever handlers still do, nothing more is handled.
    stop({ status: 'cancelled' });
    await agent.end();
    if (ending.status !== 'failed') return { ...ending, counts: reader.counts() };
    await Promise.race([log.closed, sleep(STDERR_CLOSE_MS)]);
    return { ...ending, stderrTail: log.text(), counts: reader.counts() };
  } finally {
    clearTimeout(timer);
    for (const pipe of [agent.stdin, agent.stdout, agent.stderr]) pipe.destroy();
  }
}

/** Writes the packet, and gives the function that writes the answers. An agent need not read any of it. */
function openInput(
  agent: AgentProcess,
  packet: AgentPacket,
  maxUnreadBytes: number,
  onUnread: () => void,
): (answer: AgentAnswer) => void {
  const first = `${JSON.stringify(packet)}\n`;
  const allowed = maxUnreadBytes + Buffer.byteLength(first);
  agent.stdin.write(first);
  return (answer) => {
    if (agent.stdin.writableLength > allowed) onUnread();
    else if (agent.stdin.writable) agent.stdin.write(`${JSON.stringify(answer)}\n`);
  };
}

/** The course of a turn that nobody stops: what the agent says, its exit, and the decisions it still waits for. */
async function complete(
  agent: AgentProcess,
  reader: TurnReader,
  limits: CommandAgentLimits,
): Promise<Failure | { status: 'done'; summary?: string }> {
  const done = await reader.done;
  agent.stdin.end();
  const exit = await exitWithin(agent, limits.lingerMs);
  await agent.end();
  const failure = unfinished(exit, done !== undefined);
  if (failure !== undefined) return failure;
  await reader.answered();
  return done?.summary === undefined ? { status: 'done' } : { status: 'done', summary: done.summary };
}

async function exitWithin(agent: AgentProcess, timeoutMs: number): Promise<ProcessExit | undefined> {
  const timer = new AbortController();
  const elapsed = sleep(timeoutMs, undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([agent.exited, elapsed]);
  } finally {
    timer.abort();
  }
}
