import { faultsOf, showPath } from '../contract/issues.ts';
import type { Fault } from '../contract/issues.ts';
import type { Json } from '../contract/json.ts';
import { RunInput } from '../contract/run.ts';
import { faultsOfApprovals } from './answerable.ts';
import { resolveInputs } from './inputs.ts';
import { faultsOfPipeline } from './pipeline.ts';

export type AdmittedRun =
  | { readonly ok: true; readonly request: RunInput; readonly inputs: { [name: string]: Json } }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Whether a run may begin: its shape, its pipeline and its inputs. Refuses with every fault and where it stands. */
export function admitRun(input: unknown, runId: string): AdmittedRun {
  const parsed = RunInput.safeParse(input);
  if (!parsed.success) return { ok: false, faults: faultsOf(parsed.error, input) };
  const request = parsed.data;
  const { pipeline, requester } = request;
  const run = { id: runId, requester };
  const faults = faultsOfPipeline(pipeline);
  if (faults.length > 0) return { ok: false, faults: faults.map(inPipeline) };
  const resolved = resolveInputs(pipeline, request.inputs, run);
  if (!resolved.ok) return { ok: false, faults: [located(['inputs', resolved.name], resolved.message)] };
  const unanswerable = faultsOfApprovals(pipeline, resolved.inputs, run);
  if (unanswerable.length > 0) return { ok: false, faults: unanswerable.map(inPipeline) };
  return { ok: true, request, inputs: resolved.inputs };
}

function inPipeline({ segments, message }: Fault): Fault {
  return located(['pipeline', ...segments], message);
}

function located(segments: readonly (string | number)[], message: string): Fault {
  return { path: showPath(segments), segments, message };
}
