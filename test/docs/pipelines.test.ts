import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { pipelineJsonSchema } from '../../src/contract/pipeline-schema.ts';
import { Pipeline } from '../../src/contract/pipeline.ts';
import { tablesOf } from './tables.ts';

interface Part {
  readonly properties: Readonly<Record<string, { readonly default?: unknown }>>;
  readonly required?: readonly string[];
}

const schema = JSON.parse(JSON.stringify(pipelineJsonSchema())) as Part & { readonly $defs: Record<string, Part> };

const SECTIONS: readonly (readonly [string, Part | undefined])[] = [
  ['The pipeline', schema],
  ['Input', schema.$defs['InputSpec']],
  ['Agent stage', schema.$defs['AgentStage']],
  ['Agent', schema.$defs['AgentSpec']],
  ['Plan', schema.$defs['AgentStage']?.properties['plan'] as Part | undefined],
  ['Check', schema.$defs['Check']],
  ['Action rule', schema.$defs['ActionRule']],
  ['Gate stage', schema.$defs['GateStage']],
  ['Approval', schema.$defs['ApprovalSettings']],
  ['Approver', schema.$defs['Approver']],
  ['Level', schema.$defs['AskedLevel']],
  ['Approval rule', schema.$defs['ApprovalRule']],
];

describe('the page about pipelines', () => {
  it.each(SECTIONS)('lists every field of "%s" with its default', async (title, part) => {
    const tables = tablesOf(await readFile(new URL('../../docs/pipelines.md', import.meta.url), 'utf8'));

    const listed = tables.get(title)?.map(([field, , standard]) => [field, standard]);

    expect(listed).toEqual(
      Object.entries(part?.properties ?? {}).map(([field, about]) => [`\`${field}\``, defaultOf(field, about, part)]),
    );
  });
});

describe('the published schema of pipelines', () => {
  it('is what the code accepts; npx tsx scripts/write-schemas.ts writes it anew', async () => {
    const file = new URL('../../docs/pipeline.schema.json', import.meta.url);

    const published: unknown = JSON.parse(await readFile(file, 'utf8'));

    expect(published).toEqual(schema);
  });

  it.each([
    ['a pipeline with nothing left out', {}],
    ['no stages', { stages: [] }],
    ['an unknown field', { owner: 'ada' }],
    ['a name with a slash', { name: 'a/b' }],
    ['an input without a type', { inputs: { source: {} } }],
    ['an unknown kind of stage', { stages: [{ kind: 'wait', name: 'wait' }] }],
    ['a stage inside a condition', { stages: [condition({ kind: 'gate', name: 'ask' })] }],
    ['a quorum of nobody', { stages: [gate({ rule: { quorum: 0 } })] }],
    ['a quorum by groups', { stages: [gate({ rule: { quorum: { legal: 1, security: 2 } } })] }],
    ['a title of two lines', { stages: [gate({ title: 'one\ntwo' })] }],
    ['a fraction of a second', { stages: [gate({ timeoutSeconds: 0.5 })] }],
  ])('judges %s as the code does', async (_, changed) => {
    const text = await readFile(new URL('../../examples/publish/pipeline.yaml', import.meta.url), 'utf8');
    const pipeline: unknown = { ...(parse(text) as object), ...changed };

    const valid = new Ajv2020({ strict: false }).validate(schema, pipeline);

    expect(valid).toBe(Pipeline.safeParse(pipeline).success);
  });
});

function defaultOf(field: string, about: { readonly default?: unknown }, part: Part | undefined): string {
  if (about.default !== undefined) {
    return `\`${typeof about.default === 'string' ? about.default : JSON.stringify(about.default)}\``;
  }
  return part?.required?.includes(field) ? 'required' : '-';
}

function gate(approval: object): object {
  return { kind: 'gate', name: 'ask', approval: { approvers: [{ id: 'ada' }], ...approval } };
}

function condition(stage: object): object {
  // The format's word; nothing awaits this.
  // oxlint-disable-next-line unicorn/no-thenable
  return { kind: 'condition', name: 'if', if: 'true', then: [stage] };
}
