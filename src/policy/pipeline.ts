import { isKeptName, KEPT_NAMES } from '../contract/agent-environment.ts';
import type { Fault } from '../contract/issues.ts';
import { showPath } from '../contract/issues.ts';
import type { AgentStage, ApprovalSettings, Pipeline, Stage } from '../contract/pipeline.ts';
import { isUnclosed, placeholders, UNCLOSED } from './template.ts';

type Path = readonly (string | number)[];

/**
 * What is wrong with a pipeline beyond its shape, before anything starts. Admission refuses: an empty list is the only
 * answer that lets a run begin.
 */
export function faultsOfPipeline(pipeline: Pipeline): Fault[] {
  const names = new Set<string>();
  const artifacts = new Set<string>();
  const faultsOfStages = pipeline.stages.flatMap((stage, index) => {
    const path: Path = ['stages', index];
    const faults = [...duplicateName(stage, path, names), ...faultsOfStage(stage, path, pipeline, artifacts)];
    if (stage.kind === 'agent') for (const name of stage.artifacts) artifacts.add(name);
    return faults;
  });
  return [...faultsOfDefaults(pipeline), ...faultsOfStages];
}

/** A default is filled in before there is anything but the run itself to name. */
function faultsOfDefaults({ inputs }: Pipeline): Fault[] {
  const known = ['run.id', 'run.requester'];
  return Object.entries(inputs).flatMap(([name, { default: value }]) =>
    typeof value === 'string' ? faultsOfTexts([value], ['inputs', name, 'default'], known) : [],
  );
}

function faultsOfStage(stage: Stage, path: Path, pipeline: Pipeline, earlier: ReadonlySet<string>): Fault[] {
  switch (stage.kind) {
    case 'agent':
      return faultsOfAgentStage(stage, path, pipeline, earlier);
    case 'gate':
      return faultsOfApproval(stage.approval, [...path, 'approval'], pipeline, earlier);
    case 'parallel':
    case 'condition':
      return [
        fault(
          [...path, 'kind'],
          `"${stage.kind}" is part of the format but not carried out by this version; use agent and gate stages`,
        ),
      ];
  }
}

function faultsOfAgentStage(stage: AgentStage, path: Path, pipeline: Pipeline, earlier: ReadonlySet<string>): Fault[] {
  const own = new Set([...earlier, ...stage.artifacts]);
  const kinds = new Set<string>();
  const faults: Fault[] = [
    ...stage.agent.environment.flatMap((name, index) =>
      isKeptName(name) ? [fault([...path, 'agent', 'environment', index], `${name} is refused: ${KEPT_NAMES}`)] : [],
    ),
    ...stage.artifacts.flatMap((name, index) =>
      stage.artifacts.indexOf(name) < index
        ? [fault([...path, 'artifacts', index], `"${name}" is listed already; keep one`)]
        : [],
    ),
    ...faultsOfTemplates(stage.agent.command, [...path, 'agent', 'command'], pipeline, earlier),
    ...faultsOfTemplates([stage.agent.objective], [...path, 'agent', 'objective'], pipeline, earlier),
    ...stage.preflight.flatMap((check, index) =>
      faultsOfTemplates(check.command, [...path, 'preflight', index, 'command'], pipeline, earlier),
    ),
    ...stage.verify.flatMap((check, index) =>
      faultsOfTemplates(check.command, [...path, 'verify', index, 'command'], pipeline, own),
    ),
  ];
  if (stage.plan?.approval !== undefined) {
    faults.push(...faultsOfApproval(stage.plan.approval, [...path, 'plan', 'approval'], pipeline, earlier));
  }
  stage.actions.forEach((action, index) => {
    const at: Path = [...path, 'actions', index];
    if (kinds.has(action.kind)) faults.push(fault([...at, 'kind'], `"${action.kind}" has a rule already; keep one`));
    kinds.add(action.kind);
    if (action.approval === 'none') return;
    faults.push(...faultsOfApproval(action.approval, [...at, 'approval'], pipeline, earlier));
    if (action.approval.timeoutSeconds > action.ttlSeconds) {
      faults.push(
        fault(
          [...at, 'ttlSeconds'],
          `${action.ttlSeconds} s is shorter than the approval's timeoutSeconds (${action.approval.timeoutSeconds} s), so an approval could outlive its draft; raise it or shorten the approval`,
        ),
      );
    }
  });
  return faults;
}

function faultsOfApproval(
  approval: ApprovalSettings,
  path: Path,
  pipeline: Pipeline,
  earlier: ReadonlySet<string>,
): Fault[] {
  const asked = [approval.approvers, ...approval.escalation.map(({ to }) => to)].flat();
  const texts = [approval.title ?? '', ...asked.map((each) => ('group' in each ? each.group : each.id))];
  const faults = faultsOfTemplates(texts, path, pipeline, earlier);
  if (approval.onTimeout === 'escalate' && approval.escalation.length === 0) {
    faults.push(fault([...path, 'escalation'], 'must have a level at least for onTimeout escalate'));
  }
  return faults;
}

function faultsOfTemplates(
  texts: readonly string[],
  path: Path,
  pipeline: Pipeline,
  artifacts: ReadonlySet<string>,
): Fault[] {
  return faultsOfTexts(texts, path, [
    ...Object.keys(pipeline.inputs).map((name) => `inputs.${name}`),
    'run.id',
    'run.requester',
    ...[...artifacts].map((name) => `artifacts.${name}`),
  ]);
}

function faultsOfTexts(texts: readonly string[], path: Path, known: readonly string[]): Fault[] {
  const unknown = texts.flatMap(placeholders).filter((name) => !known.includes(name));
  return [
    ...unknown.map((name) => fault(path, `{{${name}}} is not known here; known: ${known.join(', ')}`)),
    ...(texts.some(isUnclosed) ? [fault(path, UNCLOSED)] : []),
  ];
}

function duplicateName(stage: Stage, path: Path, names: Set<string>): Fault[] {
  const taken = names.has(stage.name);
  names.add(stage.name);
  return taken ? [fault([...path, 'name'], `"${stage.name}" is taken by an earlier stage; choose another`)] : [];
}

function fault(segments: Path, message: string): Fault {
  return { path: showPath(segments), segments, message };
}
