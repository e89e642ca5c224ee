import { newPersonalToken } from '../activities/decision-proof.ts';
import { givenText } from '../given-text.ts';
import type { TokenIssued } from '../store/tokens.ts';
import { CommandError, usageError } from './errors.ts';
import { answer, remark } from './output.ts';
import { unknownPrincipal } from './people-change.ts';
import { pairs, plain } from '../policy/plain-text.ts';
import { deadlineText } from './times.ts';
import { whoAmI } from './who-am-i.ts';
import { withStore } from './with-store.ts';

interface CreateOptions {
  readonly label: string;
  readonly expires: string;
  readonly as?: string;
  readonly json?: boolean;
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
// What nobody has renewed for a year has been forgotten.
const MAX_LIFE_MS = 366 * UNIT_MS.d;

export async function createToken(principal: string, options: CreateOptions): Promise<void> {
  const { json = false } = options;
  const label = readLabel(options.label);
  const lifeMs = readLife(options.expires);
  const now = Date.now();
  const changer = { by: whoAmI(options.as), time: new Date(now).toISOString() };
  const { token, id, publicKey } = newPersonalToken();
  const expiresAt = new Date(now + lifeMs).toISOString();
  const issued = await withStore(({ tokens }) => tokens.issue({ id, principal, label, publicKey, expiresAt }, changer));
  if (issued !== 'issued') throw notIssued(principal, issued);
  answer(json, { token, id, principal, label, expiresAt }, () =>
    pairs([
      ['token', token],
      ['id', id],
      ['of', plain(principal)],
      ['label', label === '' ? undefined : plain(label)],
      ['expires', deadlineText(expiresAt)],
    ]),
  );
  if (!json)
    remark('It is shown this once. Its owner sets MANDATE_TOKEN to it, or MANDATE_TOKEN_FILE to a file of their own.');
}

function notIssued(principal: string, issued: Exclude<TokenIssued, 'issued'>): CommandError {
  switch (issued) {
    case 'unknown_principal':
      return unknownPrincipal(principal);
    case 'not_a_person':
      return new CommandError('NotAPerson', `"${principal}" is an agent, and only people decide.`, {
        given: principal,
      });
    case 'disabled':
      return new CommandError('Disabled', `"${principal}" is disabled, so that no token of theirs would count.`, {
        given: principal,
        hint: 'Undo it first with: mandate people enable',
      });
    case 'id_taken':
      return new CommandError('Failed', 'Another token has the id that was drawn; create it again.');
  }
}

function readLabel(text: string): string {
  if (text.length > 100 || /\p{C}/u.test(text))
    throw usageError(`--label takes one line of at most 100 characters; given ${givenText(text)}.`, {
      field: 'label',
      given: text,
    });
  return text;
}

function readLife(text: string): number {
  const [, count = '', unit = ''] = /^([1-9][0-9]{0,7})([smhd])$/.exec(text) ?? [];
  const lifeMs = Number(count) * (UNIT_MS[unit as keyof typeof UNIT_MS] ?? 0);
  if (lifeMs > 0 && lifeMs <= MAX_LIFE_MS) return lifeMs;
  throw usageError(
    `--expires takes a whole number from 1 and d, h, m or s, such as 90d, and at most 366d; given ${givenText(text)}.`,
    { field: 'expires', given: text },
  );
}
