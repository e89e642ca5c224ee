import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import type { ReplayWorkerOptions } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows } from '../src/workflow-bundle.ts';
import { quietRuntime } from './support/open-mandate.ts';
import { PATHS } from './support/recorded/index.ts';

const HISTORIES = new URL('histories/', import.meta.url);
const files = readdirSync(HISTORIES).sort();

beforeAll(quietRuntime);

/** Replays histories against workflow code; tells what went wrong, by file. */
async function replay(
  workflowBundle: NonNullable<ReplayWorkerOptions['workflowBundle']>,
  names: readonly string[],
): Promise<Map<string, Error | undefined>> {
  const histories = names.map((name) => ({ name, ...read(name) }));
  const results = new Map<string, Error | undefined>();
  for await (const { runId, error } of Worker.runReplayHistories({ workflowBundle }, histories)) {
    results.set(histories.find((each) => each.runId === runId)?.name ?? runId, error);
  }
  return results;
}

/** A history with the ids that its first event holds, since workflows derive those of others from them. */
function read(name: string): { workflowId: string; runId: string; history: unknown } {
  const history = JSON.parse(readFileSync(new URL(name, HISTORIES), 'utf8')) as History;
  const { workflowId, originalExecutionRunId } = history.events[0].workflowExecutionStartedEventAttributes;
  return { workflowId, runId: originalExecutionRunId, history };
}

interface History {
  readonly events: [
    { readonly workflowExecutionStartedEventAttributes: { workflowId: string; originalExecutionRunId: string } },
  ];
}

describe('every path that the workflows have taken', () => {
  let results: Map<string, Error | undefined>;
  beforeAll(async () => {
    results = await replay(await bundleWorkflows(), files);
  });

  it('is recorded', () => {
    const recorded = new Set(files.map((file) => file.split('.')[0]));
    expect(recorded).toEqual(new Set(Object.keys(PATHS)));
  });

  it.each(files)('is taken again by the code of today: %s', (file) => {
    expect(results.has(file)).toBe(true);
    expect(results.get(file)).toBeUndefined();
  });
});

it('a change that takes another path is found out', async () => {
  const changed = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('fixtures/changed-workflows.ts', import.meta.url)),
    payloadConverterPath: fileURLToPath(new URL('../src/workflows/payload-converter.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  const file = files.find((name) => name.startsWith('approval-approved.')) ?? '';

  const results = await replay(changed, [file]);

  expect(results.get(file)).toMatchObject({ name: 'DeterminismViolationError' });
});
