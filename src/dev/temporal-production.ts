import { cachedPath, makeOnce, versionOf } from './temporal-cache.ts';
import { buildWithGo } from './temporal-go-build.ts';
import { readPin, TEMPORAL_SERVER, TEMPORAL_SQL_TOOL, type TemporalPin, type TemporalProgram } from './temporal-pin.ts';
import type { WayOptions } from './temporal-way.ts';

/** The paths of the production server's two programs. */
export interface ProductionPrograms {
  readonly server: string;
  readonly sqlTool: string;
}

/** The pinned production server and its schema tool, from the cache or built with Go into it. Throws WayFailed when that cannot be done. */
export async function resolveProductionServer(options: WayOptions): Promise<ProductionPrograms> {
  const pin = await readPin();
  return {
    server: await resolveProgram(TEMPORAL_SERVER, pin, options),
    sqlTool: await resolveProgram(TEMPORAL_SQL_TOOL, pin, options),
  };
}

async function resolveProgram(program: TemporalProgram, pin: TemporalPin, options: WayOptions): Promise<string> {
  const path = cachedPath(options.cacheFolder, pin, program);
  if (await versionOf(path)) return path;
  await makeOnce(program, path, options, async (target) => {
    await buildWithGo(program, target, pin, options);
    return 'build';
  });
  return path;
}
