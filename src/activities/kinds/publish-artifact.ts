import { z } from 'zod';
import { Name } from '../../contract/names.ts';
import { directoryRegistry } from './directory-registry.ts';
import type { KindDefinition } from './kind.ts';

const Target = z.strictObject({
  registry: z
    .string()
    .regex(/^directory:[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be directory: and the name of a registry'),
  name: Name,
  version: Name,
});
const Payload = z.strictObject({
  // The registry keeps its own record under that name.
  artifact: Name.refine((name) => name !== 'metadata.json', 'must not be metadata.json'),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 lower-case hex digits'),
});

/** Publishes exactly the bytes whose digest was validated earlier in the run, under a version that nobody can overwrite. */
export const publishArtifact: KindDefinition<z.infer<typeof Target>, z.infer<typeof Payload>> = {
  target: Target,
  payload: Payload,
  reversible: false,
  summarize: ({ registry, name, version }, { digest }) =>
    `Publish ${name} ${version} (${digest.slice(0, 'sha256:'.length + 12)}) to ${registry}`,
  nonDelegable: () => [],
  obstacle: async () => undefined,
  async act({ draft, target, payload, store, artifacts, settings, signal }) {
    if (!(await store.outputs.isValidated({ run: draft.run, artifactDigest: payload.digest }))) {
      return {
        failed: `No check of run ${draft.run} has validated ${payload.digest}; let a VERIFY check of an earlier stage pass on it.`,
      };
    }
    const bytes = await artifacts.read(payload.digest);
    if (bytes === undefined) return { failed: `The bytes of ${payload.digest} are not in the artifact store.` };
    signal.throwIfAborted();
    const published = await directoryRegistry(settings.registriesFolder, target.registry).publish({
      name: target.name,
      version: target.version,
      digest: payload.digest,
      file: payload.artifact,
      bytes,
      draftId: draft.id,
    });
    if (published.ok) return { happened: published.receipt };
    return { failed: published.reason };
  },
  async witness({ draft, target, payload, settings }) {
    const found = await directoryRegistry(settings.registriesFolder, target.registry).find(target.name, target.version);
    if (found?.draftId === draft.id && found.digest === payload.digest) return { happened: found.receipt };
    return { unknown: `${target.registry} has no ${target.name} ${target.version} of this draft.` };
  },
};
