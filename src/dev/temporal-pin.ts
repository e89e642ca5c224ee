import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The versions that tools/temporal/go.mod pins, and the name under which their programs are cached. */
export interface TemporalPin {
  readonly moduleFolder: string;
  readonly cliVersion: string;
  readonly goVersion: string;
  /** Changes whenever any pinned version or checksum does. */
  readonly cacheKey: string;
}

/** A main package of the pinned module. */
export interface TemporalProgram {
  readonly name: 'temporal' | 'temporal-server' | 'temporal-sql-tool';
  readonly title: string;
  readonly goPackage: string;
}

export const TEMPORAL_CLI: TemporalProgram = {
  name: 'temporal',
  title: 'the Temporal CLI',
  goPackage: 'github.com/temporalio/cli/cmd/temporal',
};
export const TEMPORAL_SERVER: TemporalProgram = {
  name: 'temporal-server',
  title: 'the Temporal server',
  goPackage: 'go.temporal.io/server/cmd/server',
};
export const TEMPORAL_SQL_TOOL: TemporalProgram = {
  name: 'temporal-sql-tool',
  title: "the Temporal server's schema tool",
  goPackage: 'go.temporal.io/server/cmd/tools/sql',
};

export async function readPin(): Promise<TemporalPin> {
  // As far from dist/dev as from src/dev.
  const moduleFolder = fileURLToPath(new URL('../../tools/temporal/', import.meta.url));
  const module = await readFile(join(moduleFolder, 'go.mod'), 'utf8');
  const sums = await readFile(join(moduleFolder, 'go.sum'));
  const cliVersion = firstGroup(/^\s*github\.com\/temporalio\/cli v(\S+)/m, module);
  const hash = createHash('sha256').update(sums).digest('hex').slice(0, 12);
  return { moduleFolder, cliVersion, goVersion: firstGroup(/^go (\S+)/m, module), cacheKey: `${cliVersion}-${hash}` };
}

function firstGroup(pattern: RegExp, module: string): string {
  const found = pattern.exec(module)?.[1];
  if (found === undefined)
    throw new Error(`tools/temporal/go.mod has no line like ${pattern.source}; restore the file.`);
  return found;
}
