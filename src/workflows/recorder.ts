import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import { digestOf, isCanonical } from '../contract/canonical.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import type { LedgerEntryType, LedgerFact } from '../contract/ledger.ts';
import { append } from './activities.ts';

export interface Recorder {
  /** Puts a fact aside, with the workflow's time. Bodies carry no clock readings of their own. */
  note(type: LedgerEntryType, body: JsonObject): void;
  /** True while facts wait for `flush`. */
  pending(): boolean;
  /** Writes what was noted, in order; it goes through a cancellation, since what happened stays true. */
  flush(): Promise<void>;
  /** Takes the facts that were noted, for an activity that writes them together with its own work. */
  take(): LedgerFact[];
}

const MAX_REFUSED_MESSAGES = 200;

/**
 * Notes facts in a workflow and writes them to the ledger. An entry's id is made of the execution, a counter and the
 * content: a repeated write adds nothing, a workflow task that is run again after a crash writes the same ids, and an
 * execution that a reset made records its own truth beside the old one. `write` is the activity that does it.
 */
export function createRecorder(run: string, agent: string | null, write = append): Recorder {
  const { runId } = workflowInfo();
  let counter = 0;
  let refusedMessages = 0;
  let noted: LedgerFact[] = [];
  let writing: Promise<void> | undefined;

  const take = (): LedgerFact[] => {
    const facts = noted;
    noted = [];
    return facts;
  };

  const writeAll = async (): Promise<void> => {
    while (noted.length > 0) {
      const facts = take();
      await CancellationScope.nonCancellable(() => write(facts));
    }
    // In the same breath as the last look, so that what is noted next starts a new write.
    writing = undefined;
  };

  return {
    note(type, given) {
      // Beyond what people could cause they are not recorded, so that a flood cannot fill ledger and history.
      if (type === 'message.refused' && ++refusedMessages > MAX_REFUSED_MESSAGES) return;
      counter += 1;
      const body = wellFormed(given);
      const content = digestOf({ type, body }).slice('sha256:'.length, 'sha256:'.length + 16);
      const entryId = `${runId}/${counter}/${content}`;
      noted.push({ entryId, run, agent, type, time: new Date().toISOString(), body });
    },
    pending: () => noted.length > 0,
    flush() {
      if (writing === undefined && noted.length > 0) writing = writeAll();
      return writing ?? Promise.resolve();
    },
    take,
  };
}

/** What others said may hold half a character, which has no canonical form; a record must not fail on it. */
function wellFormed<T extends Json>(value: T): T {
  if (isCanonical(value)) return value;
  if (typeof value === 'string') return value.replaceAll(/\p{Surrogate}/gu, '\ufffd') as T;
  if (Array.isArray(value)) return value.map(wellFormed) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [wellFormed(name), wellFormed(member)])) as T;
}
