import { Context } from '@temporalio/activity';
import type {
  AgentTurnInput,
  AgentTurnResult,
  CheckResult,
  ChecksInput,
  PackageResult,
  PreflightInput,
  PreflightResult,
} from '../contract/agent.ts';
import type { AgentDeps } from './agent-deps.ts';
import { takeTurn } from './agents/turn.ts';
import { runChecks } from './checks.ts';
import { packUp } from './package.ts';
import { preflight } from './preflight.ts';

/** What the role `agents` does: it runs programs that others wrote, and never holds the draft key. */
export interface AgentActivities {
  preflight(input: PreflightInput): Promise<PreflightResult>;
  agentTurn(input: AgentTurnInput): Promise<AgentTurnResult>;
  runChecks(input: ChecksInput): Promise<{ readonly results: readonly CheckResult[] }>;
  packUp(input: {
    readonly runId: string;
    readonly stage: string;
    readonly agent: string;
    readonly declared: readonly string[];
  }): Promise<PackageResult>;
}

export function createAgentActivities(deps: AgentDeps): AgentActivities {
  return {
    preflight: (input) => heartbeating(() => preflight(input, deps)),
    agentTurn: (input) => heartbeating((signal) => takeTurn(input, deps, signal)),
    runChecks: (input) => heartbeating((signal) => runChecks(input, deps, signal)),
    packUp: (input) => heartbeating(() => packUp(input, deps)),
  };
}

// Well under the heartbeat timeout of 60 seconds; each heartbeat is also how a cancellation arrives.
const HEARTBEAT_MS = 2_000;

async function heartbeating<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}
