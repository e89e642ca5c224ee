import { describe, expect, it } from 'vitest';
import { Pipeline } from '../../src/contract/pipeline.ts';
import { admitRun } from '../../src/policy/admit-run.ts';
import { resolveInputs } from '../../src/policy/inputs.ts';

const RUN = { id: 'r1', requester: 'gus' };

function aPipeline(inputs: Record<string, unknown>): Pipeline {
  return Pipeline.parse({
    name: 'test',
    inputs,
    stages: [{ kind: 'gate', name: 'ask', approval: { approvers: [{ id: 'ana' }] } }],
  });
}

describe('the inputs of a run', () => {
  it('are what was given, and the defaults of the rest, which may name the run', () => {
    const pipeline = aPipeline({
      version: { type: 'string', default: '{{run.id}}' },
      approver: { type: 'string', default: '{{ run.requester }}' },
      count: { type: 'number', default: 2 },
      title: { type: 'string' },
    });

    expect(resolveInputs(pipeline, { title: 'x', version: 'v1' }, RUN)).toEqual({
      ok: true,
      inputs: { version: 'v1', approver: 'gus', count: 2, title: 'x' },
    });
  });

  it('are taken as they are given: only the pipeline may hold templates', () => {
    const pipeline = aPipeline({ title: { type: 'string' } });

    expect(resolveInputs(pipeline, { title: '{{run.id}}' }, RUN)).toMatchObject({ inputs: { title: '{{run.id}}' } });
  });

  it('are refused with their names', () => {
    const pipeline = aPipeline({ count: { type: 'number' } });

    expect(resolveInputs(pipeline, {}, RUN)).toMatchObject({ ok: false, name: 'count' });
    expect(resolveInputs(pipeline, { count: 'many' }, RUN)).toMatchObject({ ok: false, name: 'count' });
    expect(resolveInputs(pipeline, { 'a.b': 1 }, RUN)).toMatchObject({ ok: false, name: 'a.b' });
  });

  it('may not name another input in a default', () => {
    const pipeline = aPipeline({ title: { type: 'string', default: 'of {{inputs.other}}' } });

    expect(admitRun({ pipeline, requester: 'gus' }, 'r1')).toMatchObject({
      ok: false,
      faults: [
        {
          path: 'pipeline.inputs.title.default',
          message: expect.stringContaining('{{inputs.other}} is not known here'),
        },
      ],
    });
  });
});
