import { executorFact } from '../activities/executor-presence.ts';
import type { Pause } from '../store/executors.ts';
import { usageError } from './errors.ts';
import { answer } from './output.ts';
import { plain } from '../policy/plain-text.ts';
import { localTime } from './times.ts';
import { whoAmI } from './who-am-i.ts';
import { withStore } from './with-store.ts';

interface PauseOptions {
  readonly reason?: string;
  readonly as?: string;
  readonly json?: boolean;
}

export async function pauseExecutors(options: PauseOptions): Promise<void> {
  const by = whoAmI(options.as);
  const reason = readReason(options.reason);
  const time = new Date().toISOString();
  const { first, pause } = await withStore(({ executors }) =>
    executors.pause({ by, reason, time }, [executorFact('executor.paused', `${time}/${by}`, time, { by, reason })]),
  );
  answer(options.json ?? false, { outcome: first ? 'paused' : 'already_paused', ...pause }, () =>
    first ? `All executors are paused; ${GO_ON}` : `They were paused already, ${pauseText(pause)}; ${GO_ON}`,
  );
}

export async function resumeExecutors(options: Omit<PauseOptions, 'reason'>): Promise<void> {
  const by = whoAmI(options.as);
  const time = new Date().toISOString();
  const ended = await withStore(({ executors }) =>
    executors.resume([executorFact('executor.resumed', `${time}/${by}`, time, { by })]),
  );
  answer(options.json ?? false, { outcome: ended === undefined ? 'not_paused' : 'resumed', ...ended }, () =>
    ended === undefined ? 'No pause was in force.' : `The executors go on; they had been paused ${pauseText(ended)}.`,
  );
}

/** Who paused, when and why: `by ada since Jan 31, 2026, 12:00:00 PM: the registry is down`. */
export function pauseText({ by, reason, since }: Pause): string {
  return `by ${plain(by)} since ${localTime(since)}: ${plain(reason)}`;
}

/** A reason that stands in tables and messages: one line. */
export function readReason(text: string | undefined): string {
  const reason = (text ?? 'no reason given').trim();
  if (reason === '' || reason.length > 500 || /\p{Cc}/u.test(reason))
    throw usageError('--reason takes one line of 1 to 500 characters.', { field: 'reason', given: text });
  return reason;
}

const GO_ON = 'approved drafts wait until: mandate executor resume';
