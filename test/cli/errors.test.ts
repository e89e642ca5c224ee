import { describe, expect, it } from 'vitest';
import { explain } from '../../src/cli/errors.ts';

/** As Temporal's client throws what the server says. */
function serviceError(details: string): Error {
  const error = new Error('Failed to query Workflow', { cause: new Error(details) });
  error.name = 'ServiceError';
  return error;
}

describe('what the server says', () => {
  it.each([
    [
      '4 DEADLINE_EXCEEDED: query timed out before a worker could process it',
      'NoWorker',
      /mandate worker, or mandate dev/,
    ],
    [
      '8 RESOURCE_EXHAUSTED: consistent query buffer is full, this may be caused by too many queries',
      'NoWorker',
      /Start one/,
    ],
    [
      "3 INVALID_ARGUMENT: invalid query: column name 'MandateStatus' is not a valid search attribute",
      'NotReady',
      /mandate migrate/,
    ],
  ])('is told with what to do: %s', (details, type, hint) => {
    const { text, exitCode } = explain(serviceError(details), true);

    expect(exitCode).toBe(1);
    expect(JSON.parse(text)).toMatchObject({ error: { type, hint: expect.stringMatching(hint) } });
  });

  it('is told as it is where nothing is known of it', () => {
    const { text } = explain(serviceError('13 INTERNAL: something else'), true);

    expect(JSON.parse(text)).toMatchObject({
      error: { type: 'Failed', message: 'Failed to query Workflow: 13 INTERNAL: something else' },
    });
  });
});
