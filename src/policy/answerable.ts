import { digestOf } from '../contract/canonical.ts';
import { showPath } from '../contract/issues.ts';
import type { Fault } from '../contract/issues.ts';
import type { Json } from '../contract/json.ts';
import { isReversible } from '../contract/kinds.ts';
import { Title } from '../contract/names.ts';
import type { ApprovalSettings, Pipeline, Stage } from '../contract/pipeline.ts';
import { openApproval } from './approval-request.ts';
import { renderApproval } from './render-stage.ts';
import { standIn } from './stand-in.ts';
import type { Scope } from './template.ts';

type Path = readonly (string | number)[];

/** Somebody will be asked: where the pipeline says so, and what the request will say that the settings do not. */
interface Asking {
  readonly path: Path;
  readonly settings: ApprovalSettings;
  readonly actingAgent?: string;
  readonly irreversible: boolean;
}

/**
 * The approvals of a pipeline that no decision could satisfy, or that silence may not grant, for this requester and
 * these inputs. Each is opened as its request will be, so that the run does not begin only to fail there.
 */
export function faultsOfApprovals(
  pipeline: Pipeline,
  inputs: { readonly [name: string]: Json },
  run: Scope['run'],
): Fault[] {
  const scope: Scope = { inputs, run, artifacts: artifactsToCome(pipeline) };
  return pipeline.stages.flatMap(askingsOf).flatMap((asking) => faultsOfAsking(asking, scope));
}

/** Every approval that a pipeline declares, with its place. */
export function approvalsOf({ stages }: Pipeline): { readonly path: string; readonly settings: ApprovalSettings }[] {
  return stages.flatMap(askingsOf).map(({ path, settings }) => ({ path: showPath(path), settings }));
}

/** Where their bytes will lie is not known before they are there; each stands for itself. */
function artifactsToCome({ stages }: Pipeline): Scope['artifacts'] {
  const names = stages.flatMap((stage) => (stage.kind === 'agent' ? stage.artifacts : []));
  return Object.fromEntries(names.map((name) => [name, `artifacts.${name}`]));
}

function askingsOf(stage: Stage, index: number): Asking[] {
  const path: Path = ['stages', index];
  if (stage.kind === 'gate') return [{ path: [...path, 'approval'], settings: stage.approval, irreversible: false }];
  if (stage.kind !== 'agent') return [];
  const actingAgent = stage.agent.id;
  const asked: Asking[] = stage.actions.flatMap(({ approval: settings, kind }, at) =>
    settings === 'none'
      ? []
      : [{ path: [...path, 'actions', at, 'approval'], settings, actingAgent, irreversible: !isReversible(kind) }],
  );
  const ofPlan = stage.plan?.approval;
  if (ofPlan === undefined) return asked;
  return [{ path: [...path, 'plan', 'approval'], settings: ofPlan, actingAgent, irreversible: false }, ...asked];
}

// What is asked about does not matter here: only who may decide, and what silence does.
const ACTION = { kind: 'any', target: {}, payload: {} };
const DIGEST = digestOf(ACTION);

function faultsOfAsking({ path, settings, ...known }: Asking, scope: Scope): Fault[] {
  const { title, approvers: asked, rule, timeoutSeconds, onTimeout, escalation } = renderApproval(settings, scope);
  const { requester } = scope.run;
  const approvers = asked.map(standIn);
  const opened = openApproval(
    {
      ...known,
      requester,
      approvers,
      rule,
      timeoutSeconds,
      onTimeout,
      escalation: escalation.map((level) => ({ ...level, to: level.to.map(standIn) })),
      action: ACTION,
      digest: DIGEST,
    },
    0,
  );
  const read = Title.optional().safeParse(title);
  const faults = read.success ? [] : [fault([...path, 'title'], `is no title once it is filled in: ${firstOf(read)}`)];
  if (opened.ok) return faults;
  switch (opened.error) {
    case 'InvalidRequest':
      return [...faults, fault(path, opened.message)];
    case 'IrreversibleDefault':
      return [...faults, fault([...path, 'onTimeout'], withoutField(opened.message))];
    case 'UnsatisfiableQuorum':
      // Who is in a group is known when the request is made, and judged then.
      if (asked.some((each) => 'group' in each)) return faults;
      return [...faults, fault([...path, 'rule', 'quorum'], `${withoutField(opened.message)}${whoIsBarred()}`)];
  }

  /** Whom one may have counted on, and why in vain. */
  function whoIsBarred(): string {
    const isAsked = (id: string | undefined): boolean => approvers.some((approver) => approver.id === id);
    const requesterIs = isAsked(requester) && !rule.requesterMayDecide;
    return [
      requesterIs
        ? `; ${JSON.stringify(requester)} starts the run, so does not count unless rule.requesterMayDecide`
        : '',
      isAsked(known.actingAgent) ? `; ${JSON.stringify(known.actingAgent)} is the agent itself` : '',
    ].join('');
  }
}

function firstOf({ error }: { readonly error: { readonly issues: readonly { readonly message: string }[] } }): string {
  return error.issues[0]?.message ?? '';
}

/** The place says which field it is. */
function withoutField(message: string): string {
  return message.replace(/^[\w.]+: /, '');
}

function fault(segments: Path, message: string): Fault {
  return { path: showPath(segments), segments, message };
}
