import { CommanderError } from 'commander';
import { BadConfiguration } from '../config.ts';
import { MandateError } from '../mandate-error.ts';
import { unknownNamespace } from '../unknown-namespace.ts';
import { jsonText, plain } from '../policy/plain-text.ts';

/** What programs read on standard error; see the table of errors in the documentation. */
interface ErrorDetails extends ErrorOptions {
  readonly field?: string | undefined;
  readonly given?: unknown;
  readonly allowed?: readonly string[] | undefined;
  /** What to do. */
  readonly hint?: string | undefined;
}

/** Thrown by a command for what its caller can mend. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly type: string;
  readonly exitCode: number;
  readonly details: ErrorDetails;

  constructor(type: string, message: string, options: ErrorDetails & { readonly exitCode?: number } = {}) {
    const { exitCode = 1, cause, ...details } = options;
    super(message, cause === undefined ? {} : { cause });
    this.type = type;
    this.exitCode = exitCode;
    this.details = details;
  }
}

export const EXIT = { ok: 0, failed: 1, usage: 2, denied: 3 } as const;

/** Something about the command line itself, or about a file it names, is wrong. */
export function usageError(message: string, details: ErrorDetails = {}): CommandError {
  return new CommandError('Usage', message, { ...details, exitCode: EXIT.usage });
}

/** Bad input, one line for each fault. Nothing was started. */
export function invalidInput(message: string, details: ErrorDetails = {}): CommandError {
  return new CommandError('InvalidInput', message, { ...details, exitCode: EXIT.usage });
}

/** Tells what went wrong, as lines for people or one JSON document for programs, and gives the exit code. */
export function explain(error: unknown, json: boolean): { readonly text: string; readonly exitCode: number } {
  const { type, message, details, exitCode } = toCommandError(error);
  if (json) {
    const { field, given, allowed, hint } = details;
    return { text: jsonText({ error: { type, message, field, given, allowed, hint } }), exitCode };
  }
  const lines = message.split('\n').map((line) => `mandate: ${plain(line)}`);
  if (details.hint !== undefined) lines.push(`  ${plain(details.hint)}`);
  return { text: lines.join('\n'), exitCode };
}

function toCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof CommanderError) return usageError(error.message.replace(/^error: /, '').replace('\n', ' '));
  if (error instanceof MandateError) {
    const exitCode = error.type === 'InvalidInput' ? EXIT.usage : EXIT.failed;
    return new CommandError(error.type, error.message, { exitCode, field: error.faults[0]?.path, cause: error });
  }
  if (error instanceof BadConfiguration) {
    return new CommandError('BadConfiguration', error.message, { exitCode: EXIT.usage, cause: error });
  }
  if (!(error instanceof Error)) return new CommandError('Unexpected', String(error));
  // By its name, since Temporal's libraries take a while to load.
  if (error.name === 'NamespaceNotFoundError' && 'namespace' in error) {
    return toCommandError(unknownNamespace(String(error.namespace), error));
  }
  if (error.name === 'ServiceError') {
    const known = ofService(withCauses(error), error);
    if (known !== undefined) return known;
  }
  // What has a name of its own here says all there is to say; what libraries say is often only in the cause.
  if (error.name !== 'Error' && error.name !== 'ServiceError') {
    return new CommandError(error.name, error.message, { cause: error });
  }
  return new CommandError('Failed', withCauses(error), { cause: error });
}

/** What the server says of what somebody else has to mend. */
function ofService(message: string, cause: Error): CommandError | undefined {
  if (/before a worker could process it|query buffer is full|task is not scheduled/i.test(message)) {
    return new CommandError('NoWorker', 'No worker answers for it in time.', {
      hint: 'Start one with: mandate worker, or mandate dev. A decision needs none with --digest, and without --edit.',
      cause,
    });
  }
  if (/is not a valid search attribute/.test(message)) {
    return new CommandError('NotReady', "The namespace lacks Mandate's search attributes.", {
      hint: 'Add them with: mandate migrate',
      cause,
    });
  }
  return undefined;
}

function withCauses(error: Error): string {
  const messages = [error.message];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    if (!messages.includes(cause.message)) messages.push(cause.message);
  }
  return messages.join(': ').replaceAll('\n', ' ');
}
