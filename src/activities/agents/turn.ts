import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { CancelledFailure, Context } from '@temporalio/activity';
import type { AgentTurnInput, AgentTurnResult } from '../../contract/agent.ts';
import type { JsonObject } from '../../contract/json.ts';
import type { LedgerEntryType } from '../../contract/ledger.ts';
import { outputClass } from '../../policy/phase.ts';
import { renderCommand } from '../../policy/render-stage.ts';
import type { AgentDeps } from '../agent-deps.ts';
import { scopeOf } from '../scope.ts';
import { runCommandAgent } from './command.ts';
import { agentEnvironment } from './environment.ts';
import { propose } from './propose.ts';
import type { TurnEvent } from './turn-reader.ts';
import { findWorkspaceFile } from './workspace-file.ts';
import { cut } from '../../contract/text.ts';

/** One turn of an agent: its program runs, its outputs are kept, its proposals go to the workflow, all else is recorded. */
export async function takeTurn(input: AgentTurnInput, deps: AgentDeps, signal: AbortSignal): Promise<AgentTurnResult> {
  const { agent, runId, stage, phase } = input;
  const workspace = path.join(deps.workspaces, runId.replaceAll('/', '_'), stage);
  await mkdir(workspace, { recursive: true, mode: 0o700 });
  const record = createEventRecord(input, deps);
  let plan: JsonObject | undefined;

  const outcome = await runCommandAgent({
    command: renderCommand(agent.command, scopeOf(input, input.artifacts)),
    cwd: input.baseDirectory ?? process.cwd(),
    env: agentEnvironment(deps.hostEnv, agent.environment),
    packet: {
      protocol: 1,
      runId,
      stage,
      agentId: agent.id,
      phase,
      objective: agent.objective,
      workspace,
      tier: agent.tier,
      actions: [...input.actions],
      turn: { attempt: Context.current().info.attempt },
      inputs: { ...input.inputs },
      artifacts: input.artifacts.map(({ name, digest, size, path: file }) => ({ name, digest, size, path: file })),
    },
    signal,
    limits: { turnMs: agent.timeoutSeconds * 1_000 },
    onRefusedLine: ({ line, reason, excerpt }) => record('message.refused', { line, reason, excerpt }),
    onEvent: async (event) => {
      if (event.type === 'proposal') return propose(event, signal);
      if (event.type === 'plan') plan = event.plan;
      await keepEvent(event, input, workspace, deps, record);
      return undefined;
    },
  });

  switch (outcome.status) {
    case 'done':
      return {
        status: 'done',
        ...(outcome.summary === undefined ? {} : { summary: outcome.summary }),
        ...(plan === undefined ? {} : { plan }),
      };
    case 'cancelled':
      throw new CancelledFailure('The turn was cancelled and the program stopped.');
    case 'failed': {
      const log = lastLine(outcome.stderrTail);
      const cause = outcome.cause instanceof Error ? ` (${outcome.cause.message})` : '';
      const message = `${outcome.message}${cause}${log === '' ? '' : ` It ends: ${log}`}`;
      await record('agent.event', { event: 'failed', failure: outcome.failure, message });
      return { status: 'failed', failure: outcome.failure, message };
    }
  }
}

type Record = (type: LedgerEntryType, body: JsonObject) => Promise<void>;

function createEventRecord({ runId, stage, phase, agent }: AgentTurnInput, { store }: AgentDeps): Record {
  const { info } = Context.current();
  const turn = `${info.workflowExecution?.runId}/${info.activityId}/${info.attempt}`;
  let counter = 0;
  return async (type, body) => {
    counter += 1;
    await store.ledger.append([
      {
        entryId: `${turn}/${counter}`,
        run: runId,
        agent: agent.id,
        type,
        time: new Date().toISOString(),
        body: { stage, phase, ...body },
      },
    ]);
  };
}

async function keepEvent(
  event: Exclude<TurnEvent, { type: 'proposal' }>,
  { runId, stage, phase, agent }: AgentTurnInput,
  workspace: string,
  deps: AgentDeps,
  record: Record,
): Promise<void> {
  switch (event.type) {
    case 'heartbeat':
      // Only its sign of life counts, and the activity gives that itself.
      return;
    case 'plan':
      return record('agent.event', { event: 'plan', plan: event.plan });
    case 'error':
      return record('agent.event', { event: 'error', errorType: event.errorType, message: event.message });
    case 'confidence':
      return record('agent.event', {
        event: 'confidence',
        value: event.value,
        ...(event.about === undefined ? {} : { about: event.about }),
      });
    case 'output': {
      const kept = event.path === undefined ? undefined : await keepFile(workspace, event.path, deps);
      const mediaType = event.mediaType === undefined ? {} : { mediaType: event.mediaType };
      const content = kept === undefined ? { content: event.content ?? null } : { path: event.path ?? '', ...kept };
      const output = await deps.store.outputs.put({
        run: runId,
        stage,
        agent: agent.id,
        phase,
        class: outputClass(phase) ?? 'beta',
        name: event.name,
        content: { ...content, ...mediaType },
        time: new Date().toISOString(),
        ...(kept === undefined ? {} : { artifactDigest: kept.digest }),
      });
      return record('output.recorded', { name: event.name, checksum: output.checksum, ...kept, ...mediaType });
    }
  }
}

async function keepFile(workspace: string, name: string, deps: AgentDeps): Promise<{ digest: string; size: number }> {
  // Asked again, for the real path: what lay there when the event was read may have become a link since.
  const file = await findWorkspaceFile(workspace, name);
  if (file.kind === 'refused') throw new Error(file.reason);
  return deps.artifacts.keep(file.path);
}

function lastLine(log: string): string {
  return cut(log.trimEnd().split('\n').at(-1) ?? '', 300);
}
