import type { Json } from '../contract/json.ts';
import type { InputSpec, Pipeline } from '../contract/pipeline.ts';
import { render } from './template.ts';
import type { Scope } from './template.ts';

export type ResolvedInputs =
  | { readonly ok: true; readonly inputs: { [name: string]: Json } }
  | { readonly ok: false; readonly name: string; readonly message: string };

/**
 * The inputs of a run: what was given, checked against what the pipeline declares, and the defaults of the rest. A
 * default may name `{{run.id}}` and `{{run.requester}}`; what was given is taken as it is, since templates come from
 * the pipeline alone.
 */
export function resolveInputs(
  pipeline: Pipeline,
  given: { readonly [name: string]: Json },
  run: Scope['run'],
): ResolvedInputs {
  const declared = pipeline.inputs;
  const inputs: { [name: string]: Json } = {};
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(declared, name)) {
      const known = Object.keys(declared).join(', ') || 'none';
      return { ok: false, name, message: `is not declared by the pipeline; declared: ${known}` };
    }
  }
  for (const [name, spec] of Object.entries(declared)) {
    const chosen = Object.hasOwn(given, name) ? given[name] : spec.default;
    if (chosen === undefined) {
      return { ok: false, name, message: `is missing; give it as --input ${name}=...` };
    }
    const value = Object.hasOwn(given, name) ? chosen : renderDefault(chosen, run);
    const fault = faultOf(spec, value);
    if (fault !== undefined) return { ok: false, name, message: fault };
    inputs[name] = value;
  }
  return { ok: true, inputs };
}

/** Fills in a default; what it may name is checked with the pipeline, so that what is left as it stands is no template. */
function renderDefault(value: Json, run: Scope['run']): Json {
  if (typeof value !== 'string') return value;
  const rendered = render(value, { inputs: {}, run, artifacts: {} });
  return rendered.ok ? rendered.text : value;
}

function faultOf(spec: InputSpec, value: Json): string | undefined {
  const type = spec.type === 'path' ? 'string' : spec.type;
  const shown = JSON.stringify(value);
  if (typeof value !== type) return `must be a ${spec.type}, given ${shown}`;
  if (spec.type === 'path' && value === '') return 'must be a path, given an empty text';
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    return `must be one of ${spec.choices.map((choice) => JSON.stringify(choice)).join(', ')}, given ${shown}`;
  }
  return undefined;
}
