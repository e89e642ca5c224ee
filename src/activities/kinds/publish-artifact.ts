import { z } from 'zod';
import { Digest } from '../../contract/canonical.ts';
import { Name } from '../../contract/names.ts';
import { OutputChecksumMismatch } from '../../store/outputs.ts';
import type { EffectContext, KindDefinition } from './kind.ts';
import { openRegistry } from './open-registry.ts';
import { NpmName, NpmVersion } from './npm-names.ts';
import type { Publication, Registry, Sought } from './registry.ts';

const Target = z
  .strictObject({
    registry: z
      .string()
      .regex(
        /^(directory|npm):[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
        'must be directory: or npm: and the name of a registry',
      ),
    name: z.string(),
    version: z.string(),
  })
  .superRefine(({ registry, name, version }, context) => {
    const isNpm = registry.startsWith('npm:');
    const read = z.object({ name: isNpm ? NpmName : Name, version: isNpm ? NpmVersion : Name });
    for (const { path, message } of read.safeParse({ name, version }).error?.issues ?? []) {
      context.addIssue({ code: 'custom', path, message });
    }
  });
const Payload = z.strictObject({
  // A directory registry keeps its own record under that name.
  artifact: Name.refine((name) => name !== 'metadata.json', 'must not be metadata.json'),
  digest: Digest,
});
type Context = EffectContext<z.infer<typeof Target>, z.infer<typeof Payload>>;

/** Publishes exactly the bytes whose digest was validated earlier in the run, under a version that nobody can overwrite. */
export const publishArtifact: KindDefinition<z.infer<typeof Target>, z.infer<typeof Payload>> = {
  target: Target,
  payload: Payload,
  reversible: false,
  summarize: ({ registry, name, version }, { digest }) =>
    `Publish ${name} ${version} (${digest.slice(0, 'sha256:'.length + 12)}) to ${registry}`,
  provider: ({ registry }) => registry,
  nonDelegable: () => [],
  async obstacle(context) {
    const prepared = await prepare(context);
    return 'fault' in prepared ? prepared.fault : prepared.registry.obstacle(prepared.publication);
  },
  async act(context) {
    const prepared = await prepare(context);
    if ('fault' in prepared) return { failed: prepared.fault };
    if (context.signal.aborted) return { failed: 'The time for it was over before anything was published.' };
    return prepared.registry.publish(prepared.publication);
  },
  async witness(context) {
    const { target, settings, signal } = context;
    const registry = openRegistry(target.registry, settings, signal);
    if (typeof registry === 'string') return { unknown: registry };
    const stored = await readBytes(context);
    return registry.find({ ...soughtBy(context), bytes: 'fault' in stored ? undefined : stored.bytes });
  },
};

type Prepared = { readonly registry: Registry; readonly publication: Publication } | { readonly fault: string };

/** Looks for the validation, the bytes and the registry, in this order. Changes nothing. */
async function prepare(context: Context): Promise<Prepared> {
  const { target, settings, signal } = context;
  const unvalidated = await whyNotValidated(context);
  if (unvalidated !== undefined) return { fault: unvalidated };
  const stored = await readBytes(context);
  if ('fault' in stored) return stored;
  const registry = openRegistry(target.registry, settings, signal);
  if (typeof registry === 'string') return { fault: registry };
  return { registry, publication: { ...soughtBy(context), bytes: stored.bytes } };
}

async function whyNotValidated({ draft, payload, store }: Context): Promise<string | undefined> {
  try {
    if (await store.outputs.isValidated({ run: draft.run, artifactDigest: payload.digest })) return undefined;
  } catch (error) {
    if (!(error instanceof OutputChecksumMismatch)) throw error;
    return `${error.message}. An output that was changed proves nothing; run the stage that makes it again.`;
  }
  return `No check of run ${draft.run} has validated ${payload.digest}; let a VERIFY check of an earlier stage pass on it.`;
}

async function readBytes({ payload, artifacts }: Context): Promise<{ bytes: Uint8Array } | { fault: string }> {
  try {
    const bytes = await artifacts.read(payload.digest);
    if (bytes !== undefined) return { bytes };
    return {
      fault: `The bytes of ${payload.digest} are not in the artifact store; run the stage that makes them again.`,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { fault: `The bytes of ${payload.digest} cannot be published: ${why} Run the stage that makes them again.` };
  }
}

function soughtBy({ draft, target, payload }: Context): Omit<Sought, 'bytes'> {
  const { name, version } = target;
  return { name, version, digest: payload.digest, file: payload.artifact, draftId: draft.id };
}
