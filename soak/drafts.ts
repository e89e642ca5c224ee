import type { DispatchRequest } from '../src/contract/dispatch.ts';
import type { Random } from './random.ts';

/** What people will do about a draft, once they are asked. */
export interface People {
  readonly verdict: 'approve' | 'reject' | 'nobody';
  /** After the draft was made; 0 is before the request can be there. */
  readonly afterMs: number;
  readonly twice: boolean;
  /** Somebody who may not decide says so too. */
  readonly meddled: boolean;
}

export interface PlannedDraft {
  readonly request: DispatchRequest;
  readonly people: People;
}

export interface Addresses {
  readonly url: string;
  readonly deadUrl: string;
}

const MIN_TTL_SECONDS = 1;
const MAX_TTL_SECONDS = 20;
const AGENTS = 4;

/** The next draft: where it goes, how long it lives, and what people do about it, all of it drawn. */
export function planDraft(random: Random, seed: string, { url, deadUrl }: Addresses): PlannedDraft {
  const ttlSeconds = random.int(MIN_TTL_SECONDS, MAX_TTL_SECONDS);
  const agent = random.int(1, AGENTS);
  const draftId = random.id();
  const target = random.chance(0.03) ? `${deadUrl}/ok` : `${url}${pathOf(random)}`;
  return {
    request: {
      draftId,
      action: { kind: 'webhook', target: { url: target }, payload: { body: { text: `Note ${draftId}.` } } },
      agent: `agent-${agent}`,
      run: `soak-${seed}-${agent}`,
      requester: 'gus',
      approval: random.chance(0.3) ? 'none' : { approvers: [{ id: 'ana' }], timeoutSeconds: ttlSeconds + 5 },
      ttlSeconds,
      timeoutSeconds: random.int(2, 5),
    },
    people: planPeople(random, ttlSeconds),
  };
}

function pathOf(random: Random): string {
  const drawn = random.int(1, 100);
  if (drawn <= 40) return '/ok';
  if (drawn <= 58) return `/slow/${random.int(50, 3_000)}`;
  if (drawn <= 66) return '/refuse/422';
  if (drawn <= 68) return '/refuse/429';
  if (drawn <= 78) return '/answer/500';
  if (drawn <= 84) return '/hang';
  if (drawn <= 92) return '/cut';
  return '/cut-early';
}

function planPeople(random: Random, ttlSeconds: number): People {
  const verdict = random.chance(0.08) ? 'reject' : random.chance(0.08) ? 'nobody' : 'approve';
  // Early, soon, at any time, or where one clock says in time and another says too late.
  const afterMs = [
    0,
    random.int(100, 1_500),
    random.int(0, ttlSeconds * 1_000),
    ttlSeconds * 1_000 - random.int(-100, 600),
  ][random.int(0, 3)];
  return { verdict, afterMs: Math.max(0, afterMs ?? 0), twice: random.chance(0.3), meddled: random.chance(0.2) };
}
