import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** A configuration file with these limits, as `MANDATE_CONFIG`; the layers that are not named are off. */
export async function hardening(
  layers: object,
): Promise<{ readonly env: Record<string, string>; remove(): Promise<void> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mandate-hardening-'));
  const file = path.join(folder, 'mandate.yaml');
  const off = { cooldown: null, hourlyCap: null, breaker: null, thermal: null };
  await writeFile(file, JSON.stringify({ hardening: { alerts: ['log'], ...off, ...layers } }));
  return { env: { MANDATE_CONFIG: file }, remove: () => rm(folder, { recursive: true }) };
}
