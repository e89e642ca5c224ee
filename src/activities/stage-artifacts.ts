import { z } from 'zod';
import type { StoredArtifact } from '../contract/agent.ts';
import type { Store } from '../store/open.ts';
import type { ArtifactStore } from './artifact-store.ts';

const FileContent = z.looseObject({ digest: z.string(), size: z.int().min(0) });

/** The files that a stage has left, each by its latest version. */
export async function stageArtifacts(
  { runId, stage }: { readonly runId: string; readonly stage: string },
  { store, artifacts }: { readonly store: Store; readonly artifacts: ArtifactStore },
): Promise<(StoredArtifact & { readonly checksum: string })[]> {
  const latest = new Map<string, StoredArtifact & { readonly checksum: string }>();
  for (const output of await store.outputs.list({ run: runId, stage })) {
    if (output.artifactDigest === undefined) continue;
    const { digest, size } = FileContent.parse(output.content);
    latest.set(output.name, {
      name: output.name,
      digest,
      size,
      path: artifacts.pathOf(digest),
      checksum: output.checksum,
    });
  }
  return [...latest.values()];
}
