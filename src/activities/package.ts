import { digestOf } from '../contract/canonical.ts';
import type { PackageResult } from '../contract/agent.ts';
import type { AgentDeps } from './agent-deps.ts';
import { stageArtifacts } from './stage-artifacts.ts';

interface PackageInput {
  readonly runId: string;
  readonly stage: string;
  readonly agent: string;
  readonly declared: readonly string[];
}

/** Bundles what a stage has left under one digest: a manifest of its files and outputs with their checksums. */
export async function packUp(input: PackageInput, deps: AgentDeps): Promise<PackageResult> {
  const { runId, stage, agent, declared } = input;
  const artifacts = await stageArtifacts(input, deps);
  const outputs = (await deps.store.outputs.list({ run: runId, stage })).filter(({ phase }) => phase !== 'PACKAGE');
  const manifest = {
    stage,
    artifacts: artifacts.map(({ name, digest, size }) => ({ name, digest, size })),
    outputs: outputs.map(({ name, phase, checksum }) => ({ name, phase, checksum })),
  };
  await deps.store.outputs.put({
    run: runId,
    stage,
    agent,
    phase: 'PACKAGE',
    class: 'gamma',
    name: 'manifest',
    content: manifest,
    time: new Date().toISOString(),
  });
  const present = new Set(outputs.map(({ name }) => name));
  const stored = artifacts.map(({ name, digest, size, path }) => ({ name, digest, size, path }));
  return { digest: digestOf(manifest), artifacts: stored, missing: declared.filter((name) => !present.has(name)) };
}
