import { proxyActivities } from '@temporalio/workflow';
import { askPeople } from 'mandate/ask';

const { payBack } = proxyActivities({ startToCloseTimeout: '1 minute', retry: { maximumAttempts: 3 } });

/** Pays an order back, if people agree. Returns what became of it. */
export async function refund({ order, amount, requester, approvers, timeoutSeconds = 86_400 }) {
  const { status, decisions, action } = await askPeople({
    title: `Refund ${order}: ${amount} EUR`,
    action: { kind: 'refund', target: { order }, payload: { amount, currency: 'EUR' } },
    requester,
    approvers: approvers.map((id) => ({ id })),
    // One person up to 500 EUR, two beyond.
    rule: { quorum: amount > 500 ? 2 : 1 },
    timeoutSeconds,
    priority: amount > 500 ? 'P0' : 'P1',
  });
  if (status !== 'approved') return { paid: false, status, decisions };
  // What was approved is what is paid: the action of the result, not the input of this workflow.
  await payBack({ order: action.target.order, amount: action.payload.amount });
  return { paid: true, status, decisions };
}
