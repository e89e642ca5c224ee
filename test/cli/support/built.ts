import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withFileLock } from '../../../src/dev/lock.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Builds the program when a source is newer than the build, once for all test files that run at the same time. */
export async function built(): Promise<string> {
  const lock = join(tmpdir(), `mandate-build-${statSync(ROOT).ino}.lock`);
  await withFileLock(lock, {}, () => {
    if (isStale()) execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.mjs')], { stdio: 'inherit' });
    return Promise.resolve();
  });
  return join(ROOT, 'bin', 'mandate.js');
}

/** The bundle is what a build writes last. */
function isStale(): boolean {
  const bundle = statSync(join(ROOT, 'dist', 'workflows.bundle.js'), { throwIfNoEntry: false });
  const src = join(ROOT, 'src');
  const changed = readdirSync(src, { recursive: true, encoding: 'utf8' }).map(
    (file) => statSync(join(src, file)).mtimeMs,
  );
  return bundle === undefined || Math.max(...changed) > bundle.mtimeMs;
}
