import { setTimeout as sleep } from 'node:timers/promises';
import type { DecisionOutcome, InboxItem, Mandate, RunReport, RunView } from '../client.ts';
import { MandateError } from '../mandate-error.ts';
import { changeText, statusText } from './change-text.ts';
import { noWorkerAnswers } from './connection-errors.ts';
import type { Decider } from './decider.ts';
import { errorColors as colors } from './output.ts';
import { requestText } from './request-text.ts';
import type { Place } from '../policy/request-text.ts';
import { changesBetween } from './run-changes.ts';
import type { RunChange } from './run-changes.ts';
import type { Screen } from './screen.ts';
import { plain } from '../policy/plain-text.ts';
import { standing } from '../policy/standing.ts';
import { HOW_TO_DECIDE, readTypedDecision } from './typed-decision.ts';
import type { TypedLines } from './typed-lines.ts';

export interface FollowOptions {
  readonly runId: string;
  /** Decides what is typed here. */
  readonly decider: Decider;
  readonly screen: Screen;
  readonly lines: TypedLines;
  /** Takes a line that answers a question of somebody else's; false leaves it for a decision. */
  readonly claims: (line: string) => boolean;
  /** Told everything that happens, for programs. */
  readonly onEvent: (event: RunEvent) => void;
}

/** What one who follows a run is told, beside its changes. */
type RunEvent =
  | RunChange
  | ({ readonly type: 'approval' } & InboxItem)
  | {
      readonly type: 'approval.ended';
      readonly requestId: string;
      readonly status: string;
      readonly default?: string;
      readonly votes: InboxItem['votes'];
    }
  | ({ readonly type: 'decision'; readonly requestId: string } & DecisionOutcome);

const LOOK_MS = 250;

interface Asked {
  readonly item: InboxItem;
  answered: boolean;
}

/** Follows one run and takes decisions on the way. It may go on with another client when a server has gone away. */
export class Follower {
  private readonly options: FollowOptions;
  private readonly asked = new Map<string, Asked>();
  private last: RunView | undefined;
  private workerMissed = false;

  constructor(options: FollowOptions) {
    this.options = options;
  }

  /** Resolves with the report when the run has ended; rejects when the server is gone, or with the signal's abort. */
  async follow(mandate: Mandate, signal: AbortSignal): Promise<RunReport> {
    const { runId, screen } = this.options;
    try {
      // Calls come one after the other, never as a long poll: a connection may only be closed when none is on its way.
      while ((await this.look(mandate))?.endedAt === undefined) await sleep(LOOK_MS, undefined, { signal });
      return await mandate.result(runId);
    } finally {
      screen.show('');
    }
  }

  private async look(mandate: Mandate): Promise<RunView | undefined> {
    try {
      const view = await this.goOn(mandate);
      this.workerMissed = false;
      return view;
    } catch (error) {
      if (!noWorkerAnswers(error)) throw error;
      if (!this.workerMissed) {
        this.options.screen.line('No worker answers; the run goes on when one does (start one with: mandate worker).');
      }
      this.workerMissed = true;
      return undefined;
    }
  }

  private async goOn(mandate: Mandate): Promise<RunView> {
    const { runId, screen, onEvent } = this.options;
    const view = await mandate.show(runId);
    for (const change of changesBetween(this.last, view)) {
      onEvent(change);
      screen.line(changeText(change, view));
    }
    this.last = view;
    await this.tellEnded(mandate, view);
    await this.showNew(mandate, view);
    await this.takeLines(mandate);
    return view;
  }

  private async showNew(mandate: Mandate, view: RunView): Promise<void> {
    const { screen, onEvent } = this.options;
    for (const requestId of view.waitingForRequests) {
      const item = await openRequest(mandate, requestId);
      if (item === undefined || this.asked.get(requestId)?.item.digest === item.digest) continue;
      this.asked.set(requestId, { item, answered: false });
      onEvent({ type: 'approval', ...item });
      screen.show('');
      screen.line(`\n${colors.bold('A decision is needed')}\n${requestText(item, placeOf(view))}\n`);
      screen.line(`Type ${HOW_TO_DECIDE}; or from elsewhere: mandate approve ${plain(requestId)}`);
    }
  }

  private async tellEnded(mandate: Mandate, view: RunView): Promise<void> {
    const { screen, onEvent } = this.options;
    for (const requestId of this.asked.keys()) {
      if (view.waitingForRequests.includes(requestId)) continue;
      const item = await ifKnown(mandate.request(requestId));
      this.asked.delete(requestId);
      if (item === undefined) {
        screen.line(`Request ${plain(requestId)} is gone.`);
        continue;
      }
      const { status, default: applied, votes } = item;
      onEvent({
        type: 'approval.ended',
        requestId,
        status,
        ...(applied === undefined ? {} : { default: applied }),
        votes,
      });
      const how = status === 'expired' ? `${standing(item)}: nobody decided in time` : status;
      const by = votes.map((vote) => plain(vote.by)).join(', ');
      screen.line(`Request ${plain(requestId)}: ${how}${by === '' ? '' : ` by ${by}`}`);
    }
  }

  private async takeLines(mandate: Mandate): Promise<void> {
    const { lines, screen, claims } = this.options;
    const current = [...this.asked.values()].find(({ answered }) => !answered);
    if (current === undefined) {
      lines.rest();
      screen.show(this.last === undefined || this.last.endedAt !== undefined ? '' : statusText(this.last));
      return;
    }
    lines.ask();
    const line = lines.take();
    if (line === undefined) return;
    lines.rest();
    if (claims(line)) return;
    const read = readTypedDecision(line);
    if (read.ok) await this.decide(mandate, current, read.decision);
    else if (line.trim() !== '') screen.line(read.message);
  }

  private async decide(
    mandate: Mandate,
    current: Asked,
    decision: { readonly verdict: 'approve' | 'reject'; readonly reason?: string | undefined },
  ): Promise<void> {
    const { decider, screen, onEvent } = this.options;
    const { requestId, digest } = current.item;
    const { verdict, reason } = decision;
    const signed = decider.sign(requestId, { verdict, digest, ...(reason === undefined ? {} : { reason }) });
    const answer = await mandate.decide(requestId, signed);
    onEvent({ type: 'decision', requestId, ...answer });
    current.answered = answer.outcome === 'accepted' || answer.outcome === 'Recorded';
    const said = 'message' in answer && answer.message !== undefined ? `: ${plain(answer.message)}` : '';
    screen.line(`${verdict} by ${plain(decider.name)}: ${answer.outcome} (now ${answer.status})${said}`);
  }
}

/** Stages go one after the other, so what is asked now is asked by the one that runs. */
function placeOf({ stages }: RunView): Place {
  const stage = stages.find(({ status }) => status === 'running');
  return { stage: stage?.name, agentId: stage?.agentId };
}

/** The request, while a decision can change anything. What a run has announced may be a moment away. */
async function openRequest(mandate: Mandate, requestId: string): Promise<InboxItem | undefined> {
  const item = await ifKnown(mandate.request(requestId));
  return item?.status === 'pending' || item?.status === 'suspended' ? item : undefined;
}

// Also one that was refused while it was prepared: its run says why.
const GONE: ReadonlySet<string> = new Set(['UnknownRequest', 'InvalidRequest', 'InvalidInput', 'RequestFailed']);

async function ifKnown<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof MandateError && GONE.has(error.type)) return undefined;
    throw error;
  }
}
