import { QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import { MandateError } from './mandate-error.ts';

const LISTS = {
  UnknownRun: ['run', 'runs'],
  UnknownRequest: ['request', 'inbox'],
  UnknownDraft: ['draft', 'inbox --unknown'],
} as const;

/** What was asked of a workflow; a `MandateError` of this type where there is none to ask. */
export async function known<T>(type: keyof typeof LISTS, id: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    const [what, list] = LISTS[type];
    if (error instanceof QueryNotRegisteredError) {
      throw new MandateError(
        type,
        `The ${what} "${id}" was refused at its start, before it could be asked about; the end of its workflow says why.`,
        { cause: error },
      );
    }
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new MandateError(type, `There is no ${what} "${id}" in this namespace; see: mandate ${list}`, {
      cause: error,
    });
  }
}
