import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../contract/json.ts';
import type { LedgerEntryType, LedgerFact } from '../contract/ledger.ts';
import { pauseText, readReason } from './executor-pause.ts';
import { type Choice, type ChoiceOptions, readChoice } from './limits-choice.ts';
import { answer } from './output.ts';
import { plain } from '../policy/plain-text.ts';
import { whoAmI } from './who-am-i.ts';
import { withStore } from './with-store.ts';

interface ChangeOptions extends ChoiceOptions {
  readonly reason?: string;
  readonly as?: string;
  readonly json?: boolean;
}

interface Order {
  readonly choice: Choice;
  readonly by: string;
  readonly reason: string;
  readonly now: string;
}

interface Changed {
  readonly outcome: string;
  readonly by?: string;
  readonly reason?: string;
  readonly since?: string;
}

// Under this run id the ledger keeps what operators did to the limits.
const LIMITS_RUN = 'limits';

const CHANGES = { reset, pause, resume } as const;

/** What an operator does to the limits, for every process and from this moment. */
export async function changeLimits(change: keyof typeof CHANGES, options: ChangeOptions): Promise<void> {
  const order = {
    choice: readChoice(options),
    by: whoAmI(options.as),
    reason: readReason(options.reason),
    now: new Date().toISOString(),
  };
  const { changed, text } = await CHANGES[change](order);
  const { outcome, ...details } = changed;
  const { tool = null, agent = null } = order.choice;
  answer(options.json ?? false, { outcome, tool, agent, ...details }, () => text);
}

async function reset({ choice, ...order }: Order): Promise<{ changed: Changed; text: string }> {
  await withStore(({ limits }) => limits.reset(choice, [factOf('limits.reset', { choice, ...order })]));
  return { changed: { outcome: 'reset' }, text: `The limits of ${whose(choice)} are reset.` };
}

async function pause(order: Order): Promise<{ changed: Changed; text: string }> {
  const { choice, by, reason, now } = order;
  const { first, pause } = await withStore(({ limits }) =>
    limits.pause({ ...choice, by, reason, now }, [factOf('limits.paused', order)]),
  );
  const command = ['mandate limits resume', ...flagsOf(choice)].join(' ');
  const text = first
    ? `${upperFirst(whose(choice))} wait until: ${command}`
    : `${upperFirst(whose(choice))} were paused already, ${pauseText(pause)}; they wait until: ${command}`;
  return { changed: { outcome: first ? 'paused' : 'already_paused', ...pause }, text };
}

async function resume(order: Order): Promise<{ changed: Changed; text: string }> {
  const { choice } = order;
  const lifted = await withStore(({ limits }) => limits.resume(choice, [factOf('limits.resumed', order)]));
  if (lifted === undefined) {
    return { changed: { outcome: 'not_paused' }, text: `${upperFirst(whose(choice))} were not paused by themselves.` };
  }
  const text = `${upperFirst(whose(choice))} go on; they had been paused ${pauseText(lifted)}.`;
  return { changed: { outcome: 'resumed', ...lifted }, text };
}

function factOf(type: LedgerEntryType, { choice, by, reason, now }: Order): LedgerFact {
  const { tool, agent } = choice;
  const body: JsonObject = { by, reason, ...(tool !== undefined && { tool }) };
  return { entryId: `${LIMITS_RUN}/${randomUUID()}`, run: LIMITS_RUN, agent: agent ?? null, type, time: now, body };
}

/** `the calls of webhook by agent packer`, and so on. */
function whose({ tool, agent }: Choice): string {
  const calls = tool === undefined ? 'all calls' : `the calls of ${tool}`;
  return agent === undefined ? calls : `${calls} by agent ${plain(agent)}`;
}

function flagsOf({ tool, agent }: Choice): string[] {
  return [
    ...(tool === undefined ? [] : ['--tool', tool]),
    ...(agent === undefined ? [] : ['--agent', JSON.stringify(plain(agent))]),
  ];
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
