import type { Asked } from '../contract/approval.ts';
import type { AgentStage, ApprovalSettings } from '../contract/pipeline.ts';
import { render } from './template.ts';
import type { Scope } from './template.ts';

/** Thrown when a template names something that is not there; nothing is asked and nothing is started then. */
export class UnknownPlaceholder extends Error {
  override readonly name = 'UnknownPlaceholder';
}

/** Fills in who is asked and under which title. */
export function renderApproval<S extends ApprovalSettings>(settings: S, scope: Scope): S {
  return {
    ...settings,
    ...(settings.title === undefined ? {} : { title: fill(settings.title, scope) }),
    approvers: renderAsked(settings.approvers, scope),
    escalation: settings.escalation.map((level) => ({ ...level, to: renderAsked(level.to, scope) })),
  };
}

function renderAsked(asked: Asked, scope: Scope): Asked {
  return asked.map((each) => ('group' in each ? each : { ...each, id: fill(each.id, scope) }));
}

/** Fills in the approvals of a stage; its commands are filled in where they run, since only there all paths are known. */
export function renderStage(stage: AgentStage, scope: Scope): AgentStage {
  const { plan } = stage;
  return {
    ...stage,
    agent: { ...stage.agent, objective: fill(stage.agent.objective, scope) },
    actions: stage.actions.map((action) =>
      action.approval === 'none' ? action : { ...action, approval: renderApproval(action.approval, scope) },
    ),
    ...(plan?.approval === undefined ? {} : { plan: { ...plan, approval: renderApproval(plan.approval, scope) } }),
  };
}

/** Fills in each word of a command. */
export function renderCommand(command: readonly string[], scope: Scope): string[] {
  return command.map((word) => fill(word, scope));
}

function fill(template: string, scope: Scope): string {
  const rendered = render(template, scope);
  if (!rendered.ok) throw new UnknownPlaceholder(rendered.message);
  return rendered.text;
}
