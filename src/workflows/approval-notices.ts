import { workflowInfo } from '@temporalio/workflow';
import { sha256Hex } from '../contract/canonical.ts';
import type { InboxItem } from '../contract/approval-request.ts';
import type { JsonObject } from '../contract/json.ts';
import type { NotificationClass } from '../contract/notification.ts';
import { cut } from '../contract/text.ts';
import { steps } from './activities.ts';
import { alert } from './alert.ts';
import type { ApprovalFacts } from './approval-view.ts';

type NoticeClass = Extract<NotificationClass, `approval_${string}`>;

interface Notice {
  readonly class: NoticeClass;
  readonly to: readonly string[];
  readonly message: string;
  readonly item: InboxItem;
}

/** What is kept of the notices of a request over its executions. */
export interface NoticesSoFar {
  /** How many were raised. */
  readonly raised: number;
  /** Everybody who was told of the request; they hear how it ended. */
  readonly told: readonly string[];
  /** Over which channels anybody was, people or programs: there they hear it. */
  readonly over: readonly string[];
}

// The most that a notification takes.
const MAX_CHANNELS = 10;
const MAX_MESSAGE = 2_000;
const MAX_NAME = 200;

/** Who is to be told what about one request. Nothing is told before it is recorded; who is not reached fails nothing. */
export class ApprovalNotices {
  private readonly facts: ApprovalFacts;
  private readonly waiting: Notice[] = [];
  private readonly told: Set<string>;
  private readonly over: Set<string>;
  private raised: number;
  /** One is on its way. */
  private raising = false;
  private readonly run: string;

  constructor(facts: ApprovalFacts, workflowId: string, soFar: NoticesSoFar = { raised: 0, told: [], over: [] }) {
    this.facts = facts;
    this.run = cut(facts.request.run ?? workflowId, MAX_NAME);
    this.raised = soFar.raised;
    this.told = new Set(soFar.told);
    this.over = new Set(soFar.over);
  }

  soFar(): NoticesSoFar {
    return { raised: this.raised, told: [...this.told], over: [...this.over] };
  }

  add(notice: Notice): void {
    this.waiting.push(notice);
  }

  /** How it ended is for everybody who was told of it, and for nobody where nobody was. */
  addEnd(message: string, item: InboxItem): void {
    if (this.over.size === 0 && !this.raising && this.waiting.length === 0) return;
    this.waiting.push({ class: 'approval_ended', to: [], message, item });
  }

  pending(): boolean {
    return this.waiting.length > 0;
  }

  async raise(): Promise<void> {
    for (let notice = this.waiting.shift(); notice !== undefined; notice = this.waiting.shift()) {
      this.raising = true;
      await this.raiseOne(notice);
    }
    this.raising = false;
  }

  private async raiseOne(notice: Notice): Promise<void> {
    const { requestId, request } = this.facts;
    const ended = notice.class === 'approval_ended';
    if (ended && this.over.size === 0) return;
    this.raised += 1;
    const routed =
      request.channels ?? (await steps.routeOf({ class: notice.class, priority: request.priority })).channels;
    // Whoever was told hears how it ended, wherever that is told otherwise.
    const channels = ended ? [...new Set([...this.over, ...routed])].slice(0, MAX_CHANNELS) : routed;
    if (channels.length === 0) return;
    const to = ended ? [...this.told] : notice.to;
    if (!ended) for (const person of to) this.told.add(person);
    for (const name of channels) this.over.add(name);
    await alert({
      id: this.idOf(notice),
      class: notice.class,
      run: this.run,
      agent: request.actingAgent === undefined ? null : cut(request.actingAgent, MAX_NAME),
      subject: cut(requestId, MAX_NAME),
      message: cut(notice.message, MAX_MESSAGE),
      details: detailsOf(notice.item, to.length),
      priority: request.priority,
      to: [...to],
      channels: [...channels],
    });
  }

  /**
   * The same for the same in an execution that a reset made, which says again what people have been told; another one
   * where it says something else, and of another request that has the same id later.
   */
  private idOf({ class: its, item, to }: Notice): string {
    const { requestId } = this.facts;
    const said = [workflowInfo().firstExecutionRunId, item.digest, item.status, item.level, item.votes.length, [...to]];
    return `${sha256Hex(requestId).slice(0, 32)}-${its}-${this.raised}-${sha256Hex(JSON.stringify(said)).slice(0, 8)}`;
  }
}

// Each person's delivery has its copy in the history, of which the server keeps 50 MiB.
const MAX_TOLD_BYTES = 12 * 1024 * 1024;

/** The request, whole; or, where that is too much for so many people, without what is large, and saying so. */
function detailsOf(item: InboxItem, people: number): JsonObject {
  const text = JSON.stringify(item);
  const whole = JSON.parse(text) as JsonObject;
  if (text.length * Math.max(people, 1) <= MAX_TOLD_BYTES) return whole;
  const note = `too large to be sent to ${people} people; read it whole with: mandate inbox ${item.requestId}`;
  return { ...whole, action: { ...item.action, payload: { note } }, context: { note } };
}
