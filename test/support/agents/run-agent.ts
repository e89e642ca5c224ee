import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { AgentPacket, DecisionLine } from '../../../src/contract/agent-protocol.ts';
import { type CommandAgentOptions, runCommandAgent } from '../../../src/activities/agents/command.ts';
import type { AgentTurnOutcome } from '../../../src/activities/agents/turn-outcome.ts';
import type { Refusal, TurnEvent } from '../../../src/activities/agents/turn-reader.ts';

export interface Turn {
  readonly outcome: AgentTurnOutcome;
  readonly events: readonly TurnEvent[];
  readonly refusals: readonly Refusal[];
}

export function aPacket(overrides: Partial<AgentPacket> = {}): AgentPacket {
  return {
    protocol: 1,
    runId: 'run-1',
    stage: 'build',
    agentId: 'builder',
    phase: 'EXECUTE',
    objective: 'Say "phase":"PLAN" and \\ and be done.',
    inputs: {},
    artifacts: [],
    workspace: tmpdir(),
    actions: [{ kind: 'ledger_done', needsApproval: true }],
    turn: { attempt: 1 },
    ...overrides,
  };
}

export function aDecision(proposal: string, overrides: Partial<DecisionLine> = {}): DecisionLine {
  return { type: 'decision', proposal, outcome: 'completed', ...overrides };
}

/** Runs a turn in a workspace of its own, and keeps what it said. */
export async function runAgent(command: readonly string[], options: Partial<CommandAgentOptions> = {}): Promise<Turn> {
  const workspace = options.packet?.workspace ?? (await temporaryFolder());
  const events: TurnEvent[] = [];
  const refusals: Refusal[] = [];
  const outcome = await runCommandAgent({
    command,
    cwd: workspace,
    env: { PATH: process.env.PATH ?? '' },
    packet: aPacket({ workspace }),
    signal: new AbortController().signal,
    ...options,
    // However late a busy machine sees its exit, a program that ends by itself is not one that stays.
    limits: { killGraceMs: 300, lingerMs: 60_000, ...options.limits },
    async onEvent(event) {
      events.push(event);
      return options.onEvent?.(event);
    },
    async onRefusedLine(refusal) {
      refusals.push(refusal);
      await options.onRefusedLine?.(refusal);
    },
  });
  return { outcome, events, refusals };
}

/** A shell script as an agent. */
export function sh(script: string): string[] {
  return ['sh', '-c', script];
}

/** One of the little programs in this folder. */
export function program(name: string, ...args: readonly string[]): string[] {
  return [process.execPath, join(import.meta.dirname, name), ...args];
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'agent-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
