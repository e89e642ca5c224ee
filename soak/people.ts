import { setTimeout as sleep } from 'node:timers/promises';
import { createMandate } from '../src/client.ts';
import type { DispatchRequest } from '../src/contract/dispatch.ts';
import { approvalWorkflowId } from '../src/contract/ids.ts';
import { approveSignal, rejectSignal } from '../src/workflows/messages.ts';
import type { People } from './drafts.ts';
import type { Environment } from './environment.ts';
import type { Random } from './random.ts';

const TRY_AGAIN_MS = 50;
const INBOX_MS = 2_000;

/** What people say to the request of a draft; they try until it is there, or the draft is over. */
export async function decide(
  { client, calls }: Environment,
  { draftId, ttlSeconds = 0 }: DispatchRequest,
  { verdict, afterMs, twice, meddled }: People,
  leaving: AbortSignal,
): Promise<void> {
  if (verdict === 'nobody') return;
  const overAt = Date.now() + ttlSeconds * 1_000 + 2_000;
  await sleep(afterMs, undefined, { signal: leaving }).catch(() => undefined);
  const approval = client.workflow.getHandle(approvalWorkflowId(draftId));
  const say = async (by: string): Promise<true> => {
    if (verdict === 'approve') await approval.signal(approveSignal, by);
    else await approval.signal(rejectSignal, { by, reason: 'not now' });
    return true;
  };
  if (meddled) await calls.attempt('meddle', () => say('mallory'));
  while (!leaving.aborted && Date.now() < overAt) {
    if ((await calls.attempt('decide', () => say('ana'))) === true) break;
    await sleep(TRY_AGAIN_MS);
  }
  if (twice) await calls.attempt('decide twice', () => say('ana'));
}

/** Somebody who looks into the inbox now and then and decides what lies there: what a reset asked anew, for instance. */
export async function clearInbox({ client, calls }: Environment, random: Random, leaving: AbortSignal): Promise<void> {
  const mandate = createMandate(client);
  while (!leaving.aborted) {
    await sleep(INBOX_MS, undefined, { signal: leaving }).catch(() => undefined);
    for (const { requestId } of (await calls.attempt('read the inbox', () => mandate.inbox())) ?? []) {
      if (leaving.aborted) return;
      // Most are left to who was asked.
      if (!random.chance(0.3)) continue;
      const verdict = random.chance(0.85) ? 'approve' : 'reject';
      await calls.attempt('decide', () => mandate.decide(requestId, { by: 'ana', verdict, reason: 'from the inbox' }));
    }
  }
}
