import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { showPath } from '../contract/issues.ts';
import type { Fault } from '../contract/issues.ts';
import type { Json } from '../contract/json.ts';
import type { Pipeline } from '../contract/pipeline.ts';

interface PathInputs {
  readonly pipeline: Pipeline;
  /** What was given, without defaults. */
  readonly given: { readonly [name: string]: Json };
  /** The same with defaults, which count from the base directory. */
  readonly resolved: { readonly [name: string]: Json };
  readonly baseDirectory: string;
}

/** The inputs that name a path at which there is nothing to read. Only to be asked where the agents see the same files. */
export async function faultsOfPaths({ pipeline, given, resolved, baseDirectory }: PathInputs): Promise<Fault[]> {
  const faults = Object.entries(pipeline.inputs).map(async ([name, { type }]) => {
    const value = resolved[name];
    if (type !== 'path' || typeof value !== 'string') return [];
    const obstacle = await obstacleAt(path.resolve(baseDirectory, value));
    if (obstacle === undefined) return [];
    if (Object.hasOwn(given, name)) return [fault(['inputs', name], `${obstacle}; correct the path`)];
    return [fault(['pipeline', 'inputs', name, 'default'], `${obstacle}; give another with --input ${name}=PATH`)];
  });
  return (await Promise.all(faults)).flat();
}

async function obstacleAt(file: string): Promise<string | undefined> {
  try {
    await access(file, constants.R_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return `there is nothing at ${file}`;
    return code === 'EACCES' ? `this user may not read ${file}` : `${file} cannot be read (${String(code)})`;
  }
}

function fault(segments: readonly (string | number)[], message: string): Fault {
  return { path: showPath(segments), segments, message };
}
