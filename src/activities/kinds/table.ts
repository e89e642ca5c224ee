import type { Action } from '../../contract/action.ts';
import { describeIssues } from '../../contract/issues.ts';
import { Kind } from '../../contract/kinds.ts';
import type { NonDelegable } from '../../contract/non-delegable.ts';
import type { Acted, EffectContext, KindDefinition, Witnessed } from './kind.ts';
import { githubComment } from './github-comment.ts';
import { ledgerDone } from './ledger-done.ts';
import { notifyRouting } from './notify-routing.ts';
import { publishArtifact } from './publish-artifact.ts';
import { socialPost } from './social-post.ts';
import { webhook } from './webhook.ts';

/** An action that its kind has read: target and payload fit, and it can be carried out by nothing but that kind. */
export interface ReadyAction {
  readonly ok: true;
  readonly reversible: boolean;
  readonly summary: string;
  /** Whom it goes to, where several providers serve its kind. */
  readonly provider: string | undefined;
  readonly nonDelegable: readonly NonDelegable[];
  obstacle(context: Surroundings): Promise<string | undefined>;
  act(context: Surroundings): Promise<Acted>;
  witness(context: Surroundings): Promise<Witnessed>;
}

export type Surroundings = Omit<EffectContext<never, never>, 'target' | 'payload'>;
type Reader = (action: Action) => ReadyAction | { readonly ok: false; readonly reason: string };

/** The allow-list: nothing that is not in this table can be carried out. */
const KINDS: Record<Kind, Reader> = {
  deploy_publish_prevalidated_artifact: reader(publishArtifact),
  github_comment: reader(githubComment),
  ledger_done: reader(ledgerDone),
  notify_routing_update: reader(notifyRouting),
  social_post: reader(socialPost),
  webhook: reader(webhook),
};

/** Finds the kind of an action and lets it read target and payload. Refuses what does not fit. */
export function readAction(action: Action): ReturnType<Reader> {
  const kind = Kind.safeParse(action.kind);
  if (kind.success) return KINDS[kind.data](action);
  return { ok: false, reason: `Unknown kind "${action.kind}"; allowed: ${Kind.options.join(', ')}.` };
}

/** What reads the actions of a kind: its line in the table. */
export function reader<Target, Payload>(definition: KindDefinition<Target, Payload>): Reader {
  return (action) => {
    const target = definition.target.safeParse(action.target);
    if (!target.success) return refused('target', action, describeIssues(target.error, action.target));
    const payload = definition.payload.safeParse(action.payload);
    if (!payload.success) return refused('payload', action, describeIssues(payload.error, action.payload));
    const read = { target: target.data, payload: payload.data };
    return {
      ok: true,
      reversible: definition.reversible,
      summary: definition.summarize(read.target, read.payload),
      provider: definition.provider?.(read.target),
      nonDelegable: definition.nonDelegable(read.target, read.payload),
      obstacle: (context) => definition.obstacle({ ...context, ...read }),
      act: (context) => definition.act({ ...context, ...read }),
      witness: async (context) =>
        definition.witness === undefined
          ? { unknown: `${action.kind} has no witness; a person has to settle it.` }
          : definition.witness({ ...context, ...read }),
    };
  };
}

function refused(part: string, action: Action, faults: string): { ok: false; reason: string } {
  return { ok: false, reason: `${part} of ${action.kind}: ${faults}` };
}
