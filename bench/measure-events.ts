import type { Client } from '@temporalio/client';
import type { BenchEnvironment } from './bench-environment.ts';
import type { Figure } from './figure.ts';
import { median } from './statistics.ts';

/** Events in the histories of actions that have ended, those of their child workflows included. */
export async function measureEvents(
  { client, variants: [bare, mandate] }: BenchEnvironment,
  ids: readonly string[],
): Promise<Figure> {
  const eventsOf = async ({ workflowId }: typeof bare): Promise<number> =>
    median(await Promise.all(ids.map((id) => countEvents(client, workflowId(id)))));
  return {
    name: 'history of one gated action',
    unit: 'events',
    bare: await eventsOf(bare),
    mandate: await eventsOf(mandate),
    goal: { atMost: 2 },
  };
}

async function countEvents(client: Client, workflowId: string): Promise<number> {
  const { events = [] } = await client.workflow.getHandle(workflowId).fetchHistory();
  const children = (events ?? []).flatMap(
    ({ startChildWorkflowExecutionInitiatedEventAttributes: child }) => child?.workflowId ?? [],
  );
  const counts = await Promise.all(children.map((child) => countEvents(client, child)));
  return counts.reduce((sum, count) => sum + count, events?.length ?? 0);
}
