import { tmpdir } from 'node:os';
import { createMandate } from '../../../src/client.ts';
import type { Mandate, RunRequest } from '../../../src/client.ts';
import { agentWorkflowId, runWorkflowId } from '../../../src/contract/ids.ts';
import { aGate, anAgentStage, aProposal, aRunRequest } from '../pipelines.ts';
import { until } from '../until.ts';
import type { Path } from './path.ts';

type Stage = RunRequest['pipeline']['stages'][number];

/** An agent as a shell script, so that no history holds a path of the machine it was recorded on. */
function agent(script: string, overrides: Parameters<typeof anAgentStage>[1] = {}): Stage {
  const stage = anAgentStage([], overrides);
  return { ...stage, agent: { ...stage.agent, command: ['sh', '-c', `read -r packet; ${script}`] } };
}

const says = (event: unknown): string => `echo '${JSON.stringify(event)}'`;
const DONE = says({ type: 'done' });
const PROPOSES = `${says(aProposal())}; read -r decision; ${DONE}`;
const LINGERS = 'exec sleep 600';
const RULE = { actions: [{ kind: 'ledger_done' as const, approval: 'none' as const }] };
const PLAN = { plan: { agent: true as const, approval: { approvers: [{ id: 'ana' }] } } };
const PLANS = `case $packet in *'"phase":"PLAN"'*) ${says({ type: 'plan', plan: { steps: ['one'] } })} ;; esac; ${DONE}`;

function path(stages: readonly Stage[], act: (client: Mandate, runId: string) => Promise<unknown>): Path {
  return async ({ mandate }) => {
    const client = createMandate(mandate.client);
    const { runId } = await client.start({ ...aRunRequest(stages, { items: ['one'] }), baseDirectory: tmpdir() });
    await act(client, runId);
    await client.result(runId);
    const agents = stages.filter(({ kind }) => kind === 'agent').map(({ name }) => agentWorkflowId(runId, name));
    return [runWorkflowId(runId), ...agents].map((workflowId) => ({ workflowId }));
  };
}

const nothing = (): Promise<void> => Promise.resolve();

async function decide(client: Mandate, runId: string, verdict: 'approve' | 'reject'): Promise<void> {
  const requestId = await until('a request', async () => (await client.show(runId)).waitingForRequests[0]);
  await client.decide(requestId, { by: 'ana', verdict, ...(verdict === 'reject' ? { reason: 'no' } : {}) });
}

async function atWork(client: Mandate, runId: string): Promise<void> {
  await until('the agent at work', async () => (await client.show(runId)).phase === 'EXECUTE');
}

export const RUNS: Record<string, Path> = {
  'run-completed': path([agent(PROPOSES, RULE), aGate()], (client, runId) => decide(client, runId, 'approve')),
  'run-with-plan': path([agent(PLANS, PLAN)], (client, runId) => decide(client, runId, 'approve')),
  'run-with-refused-plan': path([agent(PLANS, PLAN)], (client, runId) => decide(client, runId, 'reject')),
  'run-with-checks': path(
    [
      agent(`echo made > made.txt; ${says({ type: 'output', name: 'made.txt', path: 'made.txt' })}; ${DONE}`, {
        artifacts: ['made.txt', 'missing.txt'],
        verify: [{ name: 'look', command: ['true'] }],
      }),
    ],
    nothing,
  ),
  'run-rejected': path([aGate()], (client, runId) => decide(client, runId, 'reject')),
  'run-failed-agent': path([agent('exit 1')], nothing),
  'run-failed-preflight': path([agent(DONE, { preflight: [{ name: 'never', command: ['false'] }] })], nothing),
  'run-revoked': path([agent(LINGERS)], async (client, runId) => {
    await atWork(client, runId);
    await client.revoke(runId, 'gus', 'it went astray');
  }),
  'run-revoked-by-policy': path(
    [agent(`${PROPOSES}; ${LINGERS}`.replace(DONE, says(aProposal({ id: 'p2' }))))],
    nothing,
  ),
  'run-cancelled': path([agent(LINGERS)], async (client, runId) => {
    await atWork(client, runId);
    await client.cancel(runId);
  }),
  'run-cancelled-at-its-gate': path([aGate()], async (client, runId) => {
    await until('a request', async () => (await client.show(runId)).waitingForRequests[0]);
    await client.cancel(runId);
  }),
  'run-cancelled-by-default': path([aGate({ timeoutSeconds: 1, onTimeout: 'cancelRun' })], nothing),
  'run-suspended': path([aGate({ timeoutSeconds: 1, onTimeout: 'suspend' })], async (client, runId) => {
    await until('the pause', async () => (await client.show(runId)).status === 'paused');
    await decide(client, runId, 'approve');
  }),
  'run-paused': path([aGate()], async (client, runId) => {
    // A run that is paused before its gate asks nobody.
    await until('a request', async () => (await client.show(runId)).waitingForRequests[0]);
    await client.pause(runId, 'olga', 'lunch');
    await decide(client, runId, 'approve');
    await client.resume(runId, 'olga');
  }),
};
