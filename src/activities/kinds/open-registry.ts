import { directoryRegistry } from './directory-registry.ts';
import type { ExecutorSettings } from './kind.ts';
import { npmRegistry } from './npm-registry.ts';
import type { Registry } from './registry.ts';

/** The registry of a target, `directory:NAME` or `npm:NAME`; a text says why there is none. */
export function openRegistry(registry: string, settings: ExecutorSettings, signal: AbortSignal): Registry | string {
  if (registry.startsWith('directory:')) return directoryRegistry(settings.registriesFolder, registry);
  const known = settings.npmRegistries ?? [];
  const access = known.find(({ name }) => registry === `npm:${name}`);
  if (access !== undefined) return npmRegistry(access, signal);
  const names = known.map(({ name }) => `npm:${name}`).join(', ') || 'none';
  return `The executor knows no registry ${registry}; add it to MANDATE_NPM_REGISTRIES (now: ${names}).`;
}
