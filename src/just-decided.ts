import type { InboxRow } from './contract/inbox-row.ts';
import type { DecisionOutcome } from './decide.ts';

// Visibility lags by about a second; far more only while the server is overloaded.
const HIDDEN_MS = 15_000;

interface Decided {
  readonly by: string | undefined;
  readonly ended: boolean;
  readonly untilMs: number;
}

/** What was decided a moment ago by this client, which lists still show. */
export class JustDecided {
  private decided: { readonly requestId: string; readonly what: Decided }[] = [];

  note(requestId: string, by: string | undefined, { outcome, status }: DecisionOutcome): void {
    const ended = status !== 'pending' && status !== 'suspended';
    if (outcome !== 'accepted' && outcome !== 'AlreadyVoted' && !ended) return;
    const nowMs = Date.now();
    this.decided = this.decided.filter(({ what }) => what.untilMs > nowMs);
    this.decided.push({ requestId, what: { by, ended, untilMs: nowMs + HIDDEN_MS } });
  }

  /** Whether the request no longer waits for anybody, or no longer for this person. */
  hides({ requestId }: Pick<InboxRow, 'requestId'>, who?: string): boolean {
    const nowMs = Date.now();
    return this.decided.some(
      (each) =>
        each.requestId === requestId &&
        each.what.untilMs > nowMs &&
        (each.what.ended || (who !== undefined && each.what.by === who)),
    );
  }
}
