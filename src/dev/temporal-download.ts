import { access, readdir, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { executableName } from './temporal-cache.ts';
import { whyUnreachable } from './temporal-network.ts';
import type { TemporalPin } from './temporal-pin.ts';
import { tellingProgress, WayFailed, type WayOptions } from './temporal-way.ts';

const WAY = 'download by the SDK';
const HOST = 'https://temporal.download';
// The SDK itself would wait for ever on a connection that says nothing.
const STALLED_AFTER_SECONDS = 10;

/** Downloads the pinned Temporal CLI to `target` with Temporal's SDK. Throws WayFailed within seconds when there is no way to it. */
export async function downloadWithSdk(target: string, pin: TemporalPin, options: WayOptions): Promise<void> {
  const unreachable = await whyUnreachable(HOST, options.env, options.signal);
  if (unreachable) throw failed(unreachable);

  const folder = dirname(target);
  const stalled = new AbortController();
  const giveUp = options.signal ? AbortSignal.any([stalled.signal, options.signal]) : stalled.signal;
  const downloaded = watchGrowth(folder, stalled);
  const describe = (seconds: number): string =>
    `Downloading the Temporal CLI ${pin.cliVersion}, once: ${downloaded.megabytes()} MB, ${seconds} s.`;
  const result = await tellingProgress(options.onProgress, describe, () =>
    execa(process.execPath, ['download.mjs', folder, `v${pin.cliVersion}`], {
      cwd: pin.moduleFolder,
      env: options.env,
      extendEnv: false,
      reject: false,
      cancelSignal: giveUp,
    }),
  ).finally(downloaded.stop);
  options.signal?.throwIfAborted();

  // The script also fails when the server it must start does so; the file is what counts.
  const file = join(folder, executableName(`temporal-v${pin.cliVersion}`));
  if (
    await access(file).then(
      () => false,
      () => true,
    )
  ) {
    const reason = /^\[?\w*Error(?: \[\w+\])?: (.*?)\]?$/m.exec(result.stderr)?.[1] ?? 'it said nothing';
    throw failed(stalled.signal.aborted ? `nothing arrived for ${STALLED_AFTER_SECONDS} s` : reason);
  }
  await rename(file, target);
}

function failed(reason: string): WayFailed {
  return new WayFailed(WAY, reason, 'Allow connections to temporal.download and github.com, or set HTTPS_PROXY.');
}

function watchGrowth(folder: string, stalled: AbortController): { megabytes: () => number; stop: () => void } {
  let bytes = 0;
  let grewAt = Date.now();
  const look = async (): Promise<void> => {
    const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size));
    const now = sizes.reduce((sum, size) => sum + size, 0);
    if (now > bytes) grewAt = Date.now();
    bytes = now;
    if (Date.now() - grewAt > STALLED_AFTER_SECONDS * 1000) stalled.abort();
  };
  // A file may be renamed between listing and looking: the next look sees it.
  const timer = setInterval(() => void look().catch(() => {}), 1000);
  return { megabytes: () => Math.round(bytes / 1e6), stop: () => clearInterval(timer) };
}
