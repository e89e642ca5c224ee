import { CancellationScope } from '@temporalio/workflow';
import type { DraftStatus } from '../contract/dispatch.ts';
import type { DraftName } from '../contract/draft.ts';
import type { JsonObject } from '../contract/json.ts';
import type { LimitAlert } from '../contract/limits.ts';
import type { Notification, NotificationClass } from '../contract/notification.ts';
import { cut } from '../contract/text.ts';
import { alert } from './alert.ts';

const LIMIT_MESSAGES: Record<LimitAlert, (kind: string) => string> = {
  breaker_opened: (kind) => `The breaker of ${kind} has opened: its drafts wait. Look at it with: mandate limits`,
  breaker_closed: (kind) => `The breaker of ${kind} has closed: its drafts go on.`,
  thermal_tripped: () => 'Too many effects in a short time: all drafts wait. Look at it with: mandate limits',
};

/** What operators are to hear of one draft. */
export class DraftAlerts {
  /** How often limiters had something to tell. */
  limiterAlerts: number;
  private readonly name: DraftName;
  private readonly toRaise: Notification[] = [];

  constructor(name: DraftName, limiterAlerts: number) {
    this.name = name;
    this.limiterAlerts = limiterAlerts;
  }

  /** What the limiters told while the draft was carried out. */
  limitersTold(alerts: readonly LimitAlert[]): void {
    const { kind } = this.name;
    for (const each of alerts) {
      this.limiterAlerts += 1;
      this.add(each, kind, LIMIT_MESSAGES[each](kind), {}, this.limiterAlerts);
    }
  }

  orphaned(): void {
    const { id, kind } = this.name;
    const message = `The dispatch of ${kind} ${id} is gone while its outcome was unknown; it is looked for. Settle it with: ${settling(id)}`;
    this.add('effect_orphaned', id, message, { kind });
  }

  unknown(error: string): void {
    const { id, kind } = this.name;
    const message = `Nobody knows whether ${kind} ${id} happened: ${error} Look, and settle it with: ${settling(id)}`;
    this.add('effect_unknown', id, message, { kind, error });
  }

  /** It was approved, and is not carried out. */
  refused(status: DraftStatus, reason: string): void {
    const { id, kind } = this.name;
    const message = `${kind} ${id} was approved and is not carried out (${status}): ${reason}`;
    this.add('effect_refused', id, message, { kind, status, reason });
  }

  /** Tells what was added; only what is recorded is told. */
  async raise(): Promise<void> {
    const raised = this.toRaise.splice(0);
    if (raised.length === 0) return;
    await CancellationScope.nonCancellable(async () => {
      for (const notification of raised) await alert(notification);
    });
  }

  private add(kind: NotificationClass, subject: string, message: string, details: JsonObject, nth?: number): void {
    const { id: draftId, run, agent } = this.name;
    // The same in an execution that a reset made, and in a reconciliation: it says again what operators have been told.
    const id = nth === undefined ? `${draftId}-${kind}` : `${draftId}-${kind}-${nth}`;
    this.toRaise.push({ id, class: kind, run, agent, subject, message: cut(message, 2_000), details });
  }
}

function settling(draftId: string): string {
  return `mandate reconcile ${draftId} happened|did-not-happen`;
}
