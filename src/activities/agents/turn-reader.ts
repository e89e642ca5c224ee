import type { Readable } from 'node:stream';
import type { AgentAnswer, AgentEvent, DecisionLine, DoneEvent, ProposalEvent } from '../../contract/agent-protocol.ts';
import { createEventBudget, type EventLimits, type TurnCounts } from './event-budget.ts';
import { readEventLine } from './event-line.ts';
import { createLineSplitter, type Line } from './line-splitter.ts';
import { printable } from './printable.ts';
import { readChunks } from './read-chunks.ts';
import { findWorkspaceFile } from './workspace-file.ts';

/** An event other than `done`, which is the outcome of the turn. */
export type TurnEvent = Exclude<AgentEvent, DoneEvent>;

/** A line of an agent that was refused. Nothing in it can steer a terminal. */
export interface Refusal {
  /** Counted from 1. */
  readonly line: number;
  readonly reason: string;
  /** The beginning of the line, at most 200 characters. */
  readonly excerpt: string;
}

export interface TurnReaderOptions {
  readonly stdout: Readable;
  readonly exited: Promise<unknown>;
  readonly workspace: string;
  readonly limits: EventLimits & { readonly maxLineBytes: number; readonly maxProposalsInFlight: number };
  readonly onEvent: (event: TurnEvent) => Promise<DecisionLine | void>;
  readonly onRefusedLine: (refusal: Refusal) => Promise<void> | void;
  readonly answer: (answer: AgentAnswer) => void;
  /** Ends the turn; nothing is handled once `stopped` is aborted. */
  readonly onFlood: (fault: string) => void;
  readonly onHandlerError: (error: unknown) => void;
  readonly stopped: AbortSignal;
}

export interface TurnReader {
  /** The agent's `done`, or undefined when its output ended without one. Pending when the turn is stopped. */
  readonly done: Promise<DoneEvent | undefined>;
  /** Resolves when each proposal has its answer. */
  answered(): Promise<void>;
  counts(): TurnCounts;
}

const EXCERPT_CHARACTERS = 200;

/**
 * Reads and handles what an agent says, in order and at the pace of the handlers: while one is at work nothing more is
 * read, and the agent waits. Only proposals are handled beside the rest, since their answers may take days.
 */
export function readTurn(options: TurnReaderOptions): TurnReader {
  const { limits, stopped } = options;
  const budget = createEventBudget(limits, performance.now());
  // Bytes of UTF-8 that surely hold as many characters as an excerpt shows.
  const splitter = createLineSplitter(limits.maxLineBytes, EXCERPT_CHARACTERS * 4);
  const proposed = new Set<string>();
  const inFlight = new Set<Promise<void>>();

  const done = new Promise<DoneEvent | undefined>((resolve) => {
    follow(resolve).catch(options.onHandlerError);
  });
  return {
    done,
    answered: async () => void (await Promise.all(inFlight)),
    counts: () => budget.counts(),
  };

  async function follow(onDone: (event: DoneEvent | undefined) => void): Promise<void> {
    let finished: DoneEvent | undefined;
    for await (const chunk of readChunks(options.stdout, options.exited)) {
      if (stopped.aborted) return;
      // Still read, so that a program which talks on can exit by itself.
      if (finished !== undefined) continue;
      flood(budget.addBytes(chunk.length));
      finished = await takeAll(splitter.push(chunk));
      if (finished !== undefined) onDone(finished);
    }
    finished ??= await takeAll(splitter.end());
    if (!stopped.aborted) onDone(finished);
  }

  async function takeAll(lines: Iterable<Line>): Promise<DoneEvent | undefined> {
    for (const line of lines) {
      if (stopped.aborted) return undefined;
      const event = await take(line);
      if (event?.type === 'done') return event;
    }
    return undefined;
  }

  async function take(line: Line): Promise<AgentEvent | undefined> {
    const read = readEventLine(line, limits.maxLineBytes);
    if (read.kind === 'refused') return refuse(line, read.reason);
    if (flood(budget.addEvent(performance.now()))) return undefined;
    const { event } = read;
    if (event.type === 'done') return event;

    const fault = await faultOf(event);
    if (fault !== undefined) return refuse(line, fault);
    if (event.type === 'proposal') propose(event);
    else await handle(event);
    return event;
  }

  async function faultOf(event: TurnEvent): Promise<string | undefined> {
    if (event.type === 'output' && event.path !== undefined) {
      const file = await findWorkspaceFile(options.workspace, event.path);
      return file.kind === 'refused' ? file.reason : undefined;
    }
    if (event.type !== 'proposal') return undefined;
    if (proposed.has(event.id)) return `id: the proposal "${event.id}" was made before; give each an id of its own`;
    // Waiting here for a place would hold up the heartbeats that come after.
    if (inFlight.size >= limits.maxProposalsInFlight) {
      return `${inFlight.size} proposals wait for their decisions; propose again after the next decision`;
    }
    return undefined;
  }

  function propose(event: ProposalEvent): void {
    proposed.add(event.id);
    const answered = handle(event).catch(options.onHandlerError);
    inFlight.add(answered);
    void answered.finally(() => inFlight.delete(answered));
  }

  async function handle(event: TurnEvent): Promise<void> {
    const answer = await options.onEvent(event);
    if (answer !== undefined && !stopped.aborted) options.answer(answer);
  }

  async function refuse(line: Line, fault: string): Promise<undefined> {
    const tooMany = budget.addRefusedLine();
    const reason = printable(fault, 500);
    const excerpt = printable(line.bytes.toString('utf8'), EXCERPT_CHARACTERS);
    await options.onRefusedLine({ line: line.number, reason, excerpt });
    options.answer({ type: 'refused', line: line.number, reason });
    flood(tooMany);
  }

  function flood(fault: string | undefined): boolean {
    if (fault !== undefined) options.onFlood(fault);
    return fault !== undefined;
  }
}
