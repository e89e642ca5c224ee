import { execa } from 'execa';
import type { CheckResult, ChecksInput } from '../contract/agent.ts';
import type { Check } from '../contract/pipeline.ts';
import { renderCommand } from '../policy/render-stage.ts';
import type { Scope } from '../policy/template.ts';
import type { AgentDeps } from './agent-deps.ts';
import { agentEnvironment } from './agents/environment.ts';
import { scopeOf } from './scope.ts';
import { stageArtifacts } from './stage-artifacts.ts';

/**
 * Runs checks in order, up to the first that fails. When all of VERIFY have passed, the files of the stage count as
 * validated: exactly these bytes may be published.
 */
export async function runChecks(
  input: ChecksInput,
  deps: AgentDeps,
  signal: AbortSignal,
): Promise<{ readonly results: readonly CheckResult[] }> {
  const own = input.phase === 'VERIFY' ? await stageArtifacts(input, deps) : [];
  const scope = scopeOf(input, [...input.artifacts, ...own]);
  const results: CheckResult[] = [];
  for (const check of input.checks) {
    const result = await run(check, scope, input, deps, signal);
    results.push(result);
    if (!result.passed) return { results };
  }
  if (own.length > 0) {
    await deps.store.outputs.markValidated({
      run: input.runId,
      stage: input.stage,
      checksums: own.map(({ checksum }) => checksum),
      by: input.checks.map(({ name }) => name).join(', '),
      time: new Date().toISOString(),
    });
  }
  return { results };
}

async function run(
  check: Check,
  scope: Scope,
  input: ChecksInput,
  deps: AgentDeps,
  signal: AbortSignal,
): Promise<CheckResult> {
  const [program = '', ...args] = renderCommand(check.command, scope);
  const child = execa(program, args, {
    cwd: input.baseDirectory ?? process.cwd(),
    env: agentEnvironment(deps.hostEnv, []),
    extendEnv: false,
    stdin: 'ignore',
    all: true,
    reject: false,
    timeout: check.timeoutSeconds * 1_000,
    cancelSignal: signal,
    maxBuffer: 64 * 1024,
    forceKillAfterDelay: 2_000,
  });
  const done = await child;
  signal.throwIfAborted();
  const tail = (done.all ?? '').trim().split('\n').slice(-3).join(' | ').slice(-500);
  if (!done.failed) return { name: check.name, passed: true, detail: tail };
  const ended =
    done.exitCode === undefined
      ? `could not be run (${done.code ?? done.signal ?? 'unknown'})`
      : `exit code ${done.exitCode}`;
  const why = done.timedOut ? `not done after ${check.timeoutSeconds} seconds` : ended;
  return { name: check.name, passed: false, detail: tail === '' ? why : `${why}: ${tail}` };
}
