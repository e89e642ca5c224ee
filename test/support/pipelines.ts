import { fileURLToPath } from 'node:url';
import type { RunRequest } from '../../src/client.ts';

type PipelineInput = RunRequest['pipeline'];
type StageInput = PipelineInput['stages'][number];
type AgentStageInput = Extract<StageInput, { kind: 'agent' }>;
type GateStageInput = Extract<StageInput, { kind: 'gate' }>;

const SCRIPTED = fileURLToPath(new URL('../workflows/agents/scripted.mjs', import.meta.url));

export const DONE = { type: 'done' };

/** What the scripted agent does in its EXECUTE turn, or in each phase by name. */
export type Script = readonly unknown[] | { readonly PLAN?: readonly unknown[]; readonly EXECUTE?: readonly unknown[] };

export function anAgentStage(script: Script = [DONE], overrides: Partial<AgentStageInput> = {}): AgentStageInput {
  return {
    kind: 'agent',
    name: 'work',
    agent: {
      id: 'worker-1',
      adapter: 'command',
      command: [process.execPath, SCRIPTED, JSON.stringify(script)],
      objective: 'Do what the test says.',
      timeoutSeconds: 60,
    },
    ...overrides,
  };
}

export function aGate(overrides: Partial<GateStageInput['approval']> = {}): GateStageInput {
  return { kind: 'gate', name: 'ask', approval: { approvers: [{ id: 'ana' }], ...overrides } };
}

export function aRunRequest(stages: readonly StageInput[], overrides: Partial<PipelineInput> = {}): RunRequest {
  return { pipeline: { name: 'test', stages: [...stages], ...overrides }, requester: 'gus' };
}

/** A proposal to close the tracked item `one`, which needs no credentials. */
export function aProposal(overrides: Record<string, unknown> = {}): unknown {
  return {
    type: 'proposal',
    id: 'p1',
    action: { kind: 'ledger_done', target: { item: 'one' }, payload: {} },
    ...overrides,
  };
}
