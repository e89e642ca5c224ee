import { describe, expect, it } from 'vitest';
import { githubComment } from '../../src/activities/kinds/github-comment.ts';
import { ledgerDone } from '../../src/activities/kinds/ledger-done.ts';
import { notifyRouting } from '../../src/activities/kinds/notify-routing.ts';
import { publishArtifact } from '../../src/activities/kinds/publish-artifact.ts';
import { socialPost } from '../../src/activities/kinds/social-post.ts';
import { webhook } from '../../src/activities/kinds/webhook.ts';
import { isReversible, Kind } from '../../src/contract/kinds.ts';
import { admitRun } from '../../src/policy/admit-run.ts';
import { aGate, anAgentStage, aRunRequest, DONE } from '../support/pipelines.ts';

type Admitted = ReturnType<typeof admitRun>;

function admit(...stages: Parameters<typeof aRunRequest>[0]): Admitted {
  const type = 'string' as const;
  const inputs = { approver: { type, default: '{{run.requester}}' }, notes: { type, default: 'one\ntwo' } };
  return admitRun(aRunRequest(stages, { inputs }), 'r1');
}

function faultsOf(admitted: Admitted): string[] {
  return admitted.ok ? [] : admitted.faults.map(({ path, message }) => `${path}: ${message}`);
}

const ASKED = { approvers: [{ id: 'ana' }] };
const anAgent = (overrides: object): ReturnType<typeof anAgentStage> => {
  const stage = anAgentStage([DONE], {});
  return { ...stage, agent: { ...stage.agent, ...overrides } };
};
const anAction = (kind: Kind, approval: object): ReturnType<typeof anAgentStage> =>
  anAgentStage([DONE], { actions: [{ kind, approval: { ...ASKED, ...approval } }] });

describe('an approval that nobody could give', () => {
  it.each([
    ['of more people than are asked', aGate({ rule: { quorum: 2 } }), /^p.* given 2, which .* \("ana"\) cannot fill/],
    [
      'of a group that nobody is in',
      aGate({ rule: { quorum: { legal: 1 } } }),
      /given {"legal":1}, but nobody who .* group "legal"/,
    ],
    [
      'of its requester',
      aGate({ approvers: [{ id: '{{inputs.approver}}' }] }),
      /\(nobody\) .*; "gus" starts the run, so does not count unless rule\.requesterMayDecide$/,
    ],
    [
      'of the agent itself',
      anAction('ledger_done', { approvers: [{ id: 'worker-1' }] }),
      /actions\[0\].* \(nobody\) .*; "worker-1" is the agent itself$/,
    ],
    [
      'of one person twice',
      aGate({ approvers: [{ id: 'ana' }, { id: 'ana' }], rule: { quorum: 2 } }),
      /given 2, which .* \("ana"\) cannot fill/,
    ],
    [
      'of a plan',
      anAgentStage([DONE], { plan: { agent: true, approval: { ...ASKED, rule: { quorum: 3 } } } }),
      /^pipeline\.stages\[0\]\.plan\.approval\.rule\.quorum: given 3/,
    ],
  ])('keeps the run from starting: one %s', (_, stage, fault) => {
    const faults = faultsOf(admit(stage));

    expect(faults).toEqual([expect.stringMatching(fault)]);
    expect(faults[0]).toMatch(/^pipeline\.stages\[0\]\..*approval\.rule\.quorum: given /);
  });

  it('is told apart from those that somebody could', () => {
    const stages = [
      aGate({ approvers: [{ id: '{{inputs.approver}}' }], rule: { requesterMayDecide: true } }),
      { ...aGate({ approvers: [{ id: 'ana', groups: ['legal'] }], rule: { quorum: { legal: 1 } } }), name: 'again' },
      anAction('ledger_done', { onTimeout: 'approve' }),
    ];

    expect(faultsOf(admit(...stages))).toEqual([]);
  });
});

describe('silence', () => {
  it('may not allow what cannot be undone', () => {
    const [fault] = faultsOf(admit(anAction('webhook', { onTimeout: 'approve' })));

    expect(fault).toMatch(
      /^pipeline\.stages\[0\]\.actions\[0\]\.approval\.onTimeout: given approve for an irreversible/,
    );
  });

  it('is judged by whether the kinds themselves say that they can be undone', () => {
    const definitions = {
      deploy_publish_prevalidated_artifact: publishArtifact,
      github_comment: githubComment,
      ledger_done: ledgerDone,
      notify_routing_update: notifyRouting,
      social_post: socialPost,
      webhook,
    } satisfies Record<Kind, { readonly reversible: boolean }>;

    for (const kind of Kind.options) expect([kind, isReversible(kind)]).toEqual([kind, definitions[kind].reversible]);
  });
});

describe('a pipeline', () => {
  it.each([
    [
      "a variable that is Mandate's own",
      anAgent({ environment: ['LANG', 'temporal_api_key'] }),
      'pipeline.stages[0].agent.environment[1]: temporal_api_key is refused: names beginning with',
    ],
    [
      'an artifact that is listed twice',
      anAgentStage([DONE], { artifacts: ['site', 'notes', 'site'] }),
      'pipeline.stages[0].artifacts[2]: "site" is listed already; keep one',
    ],
    [
      'a placeholder that is never closed',
      anAgent({ objective: 'Tell {{run.requester}} of {{run.id.' }),
      'pipeline.stages[0].agent.objective: {{ is never closed; close it with }}, as in {{run.id}}',
    ],
    [
      'a title that is none once it is filled in',
      aGate({ title: 'Publish {{inputs.notes}}' }),
      'pipeline.stages[0].approval.title: is no title once it is filled in: must not contain control characters',
    ],
  ])('is refused for %s', (_, stage, fault) => {
    expect(faultsOf(admit(stage))).toEqual([expect.stringContaining(fault)]);
  });

  it('is refused for a default that is never closed', () => {
    const inputs = { who: { type: 'string' as const, default: '{{run.id}' } };
    const admitted = admitRun(aRunRequest([aGate()], { inputs }), 'r1');

    expect(faultsOf(admitted)).toEqual([expect.stringMatching(/^pipeline\.inputs\.who\.default: {{ is never closed/)]);
  });
});
