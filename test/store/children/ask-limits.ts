import { Limits } from '../../../src/contract/limits.ts';
import type { StoreLocation } from '../../../src/store/open.ts';
import { openLimiters } from '../../support/limiters.ts';
import { answer, given } from './child.ts';

interface Task {
  readonly location: StoreLocation;
  readonly name: string;
  readonly limits: unknown;
  readonly perAgent?: unknown;
  readonly atMs: number;
  readonly calls: number;
  readonly outcome?: 'success' | 'failure';
}

// Asks for many calls at once, of two tools and two agents, and answers with what each was told.
const { location, name, limits, perAgent, atMs, calls, outcome } = await given<Task>();
const { database, ask, settle } = await openLimiters(location, {
  limits: Limits.parse(limits),
  perAgent: perAgent === undefined ? undefined : Limits.parse(perAgent),
});
const told = await Promise.all(
  Array.from({ length: calls }, async (_, at) => {
    const call = { tool: at % 2 === 0 ? 'post' : 'mail', agent: at % 3 === 0 ? 'packer' : 'sender' };
    const lease = `${name}/${at}`;
    const { answer, alerts } = await ask({ ...call, lease, atMs });
    if (answer.kind === 'granted' && outcome !== undefined) await settle({ lease, outcome, atMs });
    return { ...call, kind: answer.kind, alerts };
  }),
);
await database.close();
answer(told);
