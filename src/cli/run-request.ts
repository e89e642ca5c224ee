import path from 'node:path';
import { faultsOf, showPath } from '../contract/issues.ts';
import type { Fault } from '../contract/issues.ts';
import type { Json } from '../contract/json.ts';
import { Pipeline } from '../contract/pipeline.ts';
import type { InputSpec } from '../contract/pipeline.ts';
import type { RunInput } from '../contract/run.ts';
import { admitRun } from '../policy/admit-run.ts';
import { invalidInput } from './errors.ts';
import type { CommandError } from './errors.ts';
import { faultsOfPaths } from './path-inputs.ts';
import { readPipelineFile } from './pipeline-file.ts';
import type { PipelineFile } from './pipeline-file.ts';

export interface RunOrder {
  readonly file: string;
  /** `name=value`, each. */
  readonly inputs: readonly string[];
  readonly requester: string;
  readonly runId: string;
  /** Whether the agents see the files that we see, so that paths can be looked at. */
  readonly sharesFiles: boolean;
}

/** A run that may begin, from a file and the command line. Throws InvalidInput with every fault and where it stands. */
export async function readRunRequest(order: RunOrder): Promise<RunInput> {
  const { file, requester, runId } = order;
  const source = await readPipelineFile(file);
  const parsed = Pipeline.safeParse(source.value);
  if (!parsed.success) {
    const faults = faultsOf(parsed.error, source.value);
    throw refusal(
      file,
      source,
      faults.map((fault) => ({ ...fault, segments: ['pipeline', ...fault.segments] })),
    );
  }
  const baseDirectory = path.resolve(path.dirname(file));
  const given = typedInputs(parsed.data, order.inputs);
  const admitted = admitRun({ pipeline: source.value, inputs: given, requester, baseDirectory }, runId);
  if (!admitted.ok) throw refusal(file, source, admitted.faults);
  const { request, inputs: resolved } = admitted;
  const faults = order.sharesFiles
    ? await faultsOfPaths({ pipeline: request.pipeline, given, resolved, baseDirectory })
    : [];
  if (faults.length > 0) throw refusal(file, source, faults);
  return request;
}

/** Reads `name=value` as the pipeline declares the name. A path is taken from where one stands. */
function typedInputs({ inputs: declared }: Pipeline, given: readonly string[]): { [name: string]: Json } {
  const typed = new Map<string, Json>();
  for (const text of given) {
    const at = text.indexOf('=');
    const name = text.slice(0, at);
    if (at < 1) {
      throw invalidInput(`--input ${text}: must be name=value.`, {
        field: 'input',
        given: text,
        allowed: ['name=value'],
      });
    }
    if (typed.has(name)) throw invalidInput(`--input ${name}: given twice; keep one.`, { field: `inputs.${name}` });
    const spec = Object.hasOwn(declared, name) ? declared[name] : undefined;
    // An undeclared one goes on as it is, and is refused with the names that there are.
    typed.set(name, spec === undefined ? text.slice(at + 1) : readInput(name, spec, text.slice(at + 1)));
  }
  return Object.fromEntries(typed);
}

function readInput(name: string, spec: InputSpec, text: string): Json {
  switch (spec.type) {
    case 'string':
      return text;
    case 'path':
      return text === '' ? '' : path.resolve(text);
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      throw wrongType(name, text, ['true', 'false']);
    case 'number': {
      const value = Number(text);
      if (/^-?\d/.test(text) && Number.isFinite(value)) return value;
      throw wrongType(name, text, ['a number']);
    }
  }
}

function wrongType(name: string, given: string, allowed: readonly string[]): CommandError {
  return invalidInput(`--input ${name}: must be ${allowed.join(' or ')}, given ${JSON.stringify(given)}.`, {
    field: `inputs.${name}`,
    given,
    allowed,
  });
}

function refusal(file: string, source: PipelineFile, faults: readonly Fault[]): CommandError {
  const lines = faults.slice(0, 10).map((fault) => `${whereIs(file, source, fault)}: ${fault.message}`);
  if (faults.length > 10) lines.push(`${file}: and ${faults.length - 10} more faults`);
  const [head, ...rest] = faults[0]?.segments ?? [];
  return invalidInput(lines.join('\n'), { field: head === 'pipeline' ? showPath(rest) : faults[0]?.path });
}

function whereIs(file: string, source: PipelineFile, { segments: [head, ...rest] }: Fault): string {
  if (head === 'inputs') return `--input ${rest.join('.')}`;
  if (head === 'requester') return '--as';
  const place = `${file}:${source.locate(rest)}`;
  return rest.length === 0 ? place : `${place}: ${showPath(rest)}`;
}
