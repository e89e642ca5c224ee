import { expect, it } from 'vitest';
import { digestOf } from '../../src/contract/canonical.ts';
import { type NewOutput, OutputChecksumMismatch } from '../../src/store/outputs.ts';
import { describeOnEachDatabase, openFresh } from '../support/databases.ts';

describeOnEachDatabase('outputs', (fresh) => {
  it('keeps the same content once', async () => {
    const { outputs } = await openFresh(fresh);

    const first = await outputs.put(anOutput({ content: { b: 1, a: [2] } }));
    const again = await outputs.put(anOutput({ content: { a: [2], b: 1 }, time: '2026-02-01T00:00:00.000Z' }));

    expect(again).toEqual(first);
    expect(first.checksum).toBe(digestOf({ a: [2], b: 1 }));
    expect(await outputs.list({ run: 'run-1' })).toEqual([first]);
  });

  it('finds the latest of a name, even among outputs of one millisecond', async () => {
    const { outputs } = await openFresh(fresh);
    for (const content of ['one', 'two', 'three']) await outputs.put(anOutput({ content }));
    await outputs.put(anOutput({ name: 'other', content: 'else' }));

    const latest = await outputs.get({ run: 'run-1', name: 'notes' });

    expect(latest?.content).toBe('three');
    expect(await outputs.get({ run: 'run-1', name: 'notes', stage: 'elsewhere' })).toBeUndefined();
  });

  it('lists by stage and phase, in order', async () => {
    const { outputs } = await openFresh(fresh);
    await outputs.put(anOutput({ content: 1 }));
    await outputs.put(anOutput({ content: 2, phase: 'VERIFY' }));
    await outputs.put(anOutput({ content: 3, stage: 'stages[1]' }));

    const contents = async (query: { stage?: string; phase?: string }) =>
      (await outputs.list({ run: 'run-1', ...query })).map((output) => output.content);

    expect(await contents({})).toEqual([1, 2, 3]);
    expect(await contents({ stage: 'stages[0]' })).toEqual([1, 2]);
    expect(await contents({ stage: 'stages[0]', phase: 'VERIFY' })).toEqual([2]);
  });

  it('refuses content that does not have the checksum given with it', async () => {
    const { outputs } = await openFresh(fresh);

    const put = outputs.put(anOutput({ content: 'the real thing', checksum: digestOf('another thing') }));

    await expect(put).rejects.toThrow(OutputChecksumMismatch);
    expect(await outputs.list({ run: 'run-1' })).toEqual([]);
  });

  it('refuses to hand out content that was changed behind its back', async () => {
    const database = await fresh();
    const store = await database.open();
    await store.migrate();
    const { outputs } = store;
    await outputs.put(anOutput({ content: 'the real thing' }));

    await database.execute(`update outputs set content = '"another thing"'`);

    await expect(outputs.get({ run: 'run-1', name: 'notes' })).rejects.toThrow(OutputChecksumMismatch);
    await expect(outputs.list({ run: 'run-1' })).rejects.toThrow(OutputChecksumMismatch);
  });

  it('knows which artifacts were validated in which run', async () => {
    const { outputs } = await openFresh(fresh);
    const digest = digestOf('bytes');
    const artifact = await outputs.put(anOutput({ content: { digest, size: 5 }, artifactDigest: digest }));
    const validated = (run: string) => outputs.isValidated({ run, artifactDigest: digest });
    expect(await validated('run-1')).toBe(false);

    const mark = { run: 'run-1', stage: 'stages[0]', checksums: [artifact.checksum], by: 'check', time: LATER };
    const marked = await outputs.markValidated(mark);
    await outputs.markValidated({ ...mark, by: 'another check' });

    expect(marked).toBe(1);
    expect(await validated('run-1')).toBe(true);
    expect(await validated('run-2')).toBe(false);
    expect(await outputs.get({ run: 'run-1', name: 'notes' })).toMatchObject({ validated: { at: LATER, by: 'check' } });
  });

  it('does not take a validated output for another artifact whose digest was put beside it', async () => {
    const database = await fresh();
    const store = await database.open();
    await store.migrate();
    const { outputs } = store;
    const { checksum } = await outputs.put(
      anOutput({ content: { digest: digestOf('bytes') }, artifactDigest: digestOf('bytes') }),
    );
    await outputs.markValidated({ run: 'run-1', stage: 'stages[0]', checksums: [checksum], by: 'check', time: LATER });

    await database.execute(`update outputs set artifact_digest = '${digestOf('other bytes')}'`);

    expect(await outputs.isValidated({ run: 'run-1', artifactDigest: digestOf('other bytes') })).toBe(false);
  });
});

const LATER = '2026-01-31T12:05:00.000Z';

function anOutput(overrides: Partial<NewOutput> = {}): NewOutput {
  return {
    run: 'run-1',
    stage: 'stages[0]',
    agent: 'agent-1',
    phase: 'EXECUTE',
    class: 'beta',
    name: 'notes',
    content: 'It went well.',
    time: '2026-01-31T12:00:00.000Z',
    ...overrides,
  };
}
