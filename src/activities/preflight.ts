import { access, constants, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { PreflightInput, PreflightResult } from '../contract/agent.ts';
import { renderCommand } from '../policy/render-stage.ts';
import type { AgentDeps } from './agent-deps.ts';
import { agentEnvironment } from './agents/environment.ts';
import { scopeOf } from './scope.ts';

type Finding = PreflightResult['findings'][number];

/** Looks at what a stage needs before its agent begins: where it runs, its program, its files, its environment. */
export async function preflight(input: PreflightInput, deps: AgentDeps): Promise<PreflightResult> {
  const directory = input.baseDirectory ?? process.cwd();
  const [program = ''] = renderCommand(input.stage.agent.command, scopeOf(input, input.artifacts));
  const findings = [
    await findDirectory(directory),
    await findProgram(program, directory, deps.hostEnv['PATH'] ?? ''),
    ...(await Promise.all(input.artifacts.map((artifact) => findArtifact(artifact.name, artifact.path)))),
    await inventory(directory, input.inputs),
    findEnvironment(input, deps),
  ];
  const wrong = findings.find((finding) => !finding.ok);
  return { ok: wrong === undefined, reason: wrong === undefined ? '' : `${wrong.name}: ${wrong.detail}`, findings };
}

async function findDirectory(directory: string): Promise<Finding> {
  const found = await statOf(directory);
  const ok = found?.isDirectory() ?? false;
  return { name: 'directory', ok, detail: ok ? directory : `${directory} is not a folder on the agents' machine` };
}

async function findProgram(program: string, directory: string, searchPath: string): Promise<Finding> {
  const candidates = program.includes('/')
    ? [path.resolve(directory, program)]
    : searchPath.split(path.delimiter).map((folder) => path.join(folder, program));
  for (const candidate of candidates) {
    if (((await statOf(candidate))?.isFile() ?? false) && (await isExecutable(candidate))) {
      return { name: 'program', ok: true, detail: candidate };
    }
  }
  return {
    name: 'program',
    ok: false,
    detail: `"${program}" is not an executable program here; install it or correct the command`,
  };
}

async function findArtifact(name: string, file: string): Promise<Finding> {
  const ok = (await statOf(file)) !== undefined;
  return {
    name: `artifact ${name}`,
    ok,
    detail: ok ? file : `its bytes are not at ${file}; share the data folder between machines`,
  };
}

/** Takes stock of the working folder, so that the record shows what the agent found there. */
async function inventory(directory: string, inputs: PreflightInput['inputs']): Promise<Finding> {
  const entries = await readdir(directory).catch(() => []);
  return {
    name: 'inventory',
    ok: true,
    detail: `${entries.length} entries; inputs: ${Object.keys(inputs).join(', ') || 'none'}`,
  };
}

function findEnvironment({ stage }: PreflightInput, { hostEnv }: AgentDeps): Finding {
  try {
    agentEnvironment(hostEnv, stage.agent.environment);
  } catch (error) {
    return { name: 'environment', ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
  const absent = stage.agent.environment.filter((name) => hostEnv[name] === undefined);
  if (absent.length === 0) return { name: 'environment', ok: true, detail: stage.agent.environment.join(', ') };
  return { name: 'environment', ok: false, detail: `not set on the agents' machine: ${absent.join(', ')}` };
}

async function statOf(file: string): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  return stat(file).catch(() => undefined);
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
