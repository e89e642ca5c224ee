import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { create } from 'tar';
import { createArtifactStore } from '../../src/activities/artifact-store.ts';
import type { ArtifactStore } from '../../src/activities/artifact-store.ts';
import type { ExecutorSettings } from '../../src/activities/kinds/kind.ts';
import type { publishArtifact } from '../../src/activities/kinds/publish-artifact.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/open.ts';

type Context = Parameters<typeof publishArtifact.act>[0];

/** A run that has made artifacts, and what the kind that publishes them works with. */
export interface Publishing {
  readonly folder: string;
  readonly store: Store;
  readonly artifacts: ArtifactStore;
  /** Keeps bytes as an artifact of `run-1`, validated unless that is not wanted, and returns their digest. */
  keep(bytes: Uint8Array | string, options?: { validated?: boolean }): Promise<string>;
  context(effect: {
    target: Context['target'];
    digest: string;
    draftId?: string;
    settings?: Partial<ExecutorSettings>;
    signal?: AbortSignal;
  }): Context;
  close(): Promise<void>;
}

export async function openPublishing(): Promise<Publishing> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mandate-publishing-'));
  const store = await openStore({ file: path.join(folder, 'store.db') });
  await store.migrate();
  const artifacts = createArtifactStore(path.join(folder, 'artifacts'));
  return {
    folder,
    store,
    artifacts,
    async keep(bytes, { validated = true } = {}) {
      const file = path.join(folder, 'made');
      await writeFile(file, bytes);
      const { digest } = await artifacts.keep(file);
      const made = { run: 'run-1', stage: 'pack', agent: 'packer', time: new Date().toISOString() };
      const { checksum } = await store.outputs.put({
        ...made,
        phase: 'EXECUTE',
        class: 'alpha',
        name: 'package',
        content: { digest },
        artifactDigest: digest,
      });
      if (validated) await store.outputs.markValidated({ ...made, checksums: [checksum], by: 'check' });
      return digest;
    },
    context({ target, digest, draftId = 'draft-1', settings = {}, signal = new AbortController().signal }) {
      const payload = { artifact: 'package.tgz', digest };
      return {
        draft: {
          id: draftId,
          kind: 'deploy_publish_prevalidated_artifact',
          target: { ...target },
          payload,
          agent: 'publisher',
          run: 'run-1',
          createdAt: '2026-03-01T09:00:00.000Z',
          expiresAt: '2026-03-02T09:00:00.000Z',
          digest: `sha256:${'0'.repeat(64)}`,
          keyId: 'k1',
        },
        target,
        payload,
        store,
        artifacts,
        settings: { registriesFolder: path.join(folder, 'registries'), webhookUrls: [], ...settings },
        signal,
      };
    },
    async close() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The bytes of an npm package: its package.json (if any), a module, and the files given by their path in the tarball; those
 * of `again` are in it twice.
 */
export async function packNpm(
  manifest: object | undefined,
  files: Record<string, string> = {},
  again: readonly string[] = [],
): Promise<Buffer> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mandate-pack-'));
  try {
    const all = {
      ...(manifest === undefined ? {} : { 'package/package.json': JSON.stringify(manifest) }),
      'package/index.js': 'export {};\n',
      ...files,
    };
    const chunks: Uint8Array[] = [];
    for (const [name, content] of Object.entries(all)) {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, content);
    }
    const names = [...Object.keys(all), ...again];
    for await (const chunk of create({ gzip: true, cwd: folder }, names)) chunks.push(chunk);
    return Buffer.concat(chunks);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
