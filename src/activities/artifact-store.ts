import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { failure } from '../failures.ts';
import { readIfThere } from './durable-file.ts';

/** Bytes by their digest. What lies here is never changed, so a path handed to an agent or a check names exactly these bytes. */
export interface ArtifactStore {
  /** Takes a copy of a file. */
  keep(file: string): Promise<{ digest: string; size: number }>;
  /** Where the bytes of a digest lie, whether or not they are there. */
  pathOf(digest: string): string;
  /** The bytes, checked against their digest; undefined when they are not there. Fails as ChecksumMismatch. */
  read(digest: string): Promise<Uint8Array | undefined>;
}

export function createArtifactStore(folder: string): ArtifactStore {
  const pathOf = (digest: string): string => path.join(folder, 'sha256', digest.slice('sha256:'.length));

  return {
    pathOf,
    async keep(file) {
      const staging = path.join(folder, 'incoming', randomUUID());
      await mkdir(path.dirname(staging), { recursive: true, mode: 0o700 });
      await mkdir(path.join(folder, 'sha256'), { recursive: true, mode: 0o700 });
      try {
        // Copied first and digested after: the agent may still be writing to its own file.
        await copyFile(file, staging);
        const digest = await digestOfFile(staging);
        const { size } = await stat(staging);
        await rename(staging, pathOf(digest));
        return { digest, size };
      } finally {
        await rm(staging, { force: true });
      }
    },
    async read(digest) {
      const bytes = await readIfThere(pathOf(digest));
      if (bytes === undefined) return undefined;
      const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      if (found !== digest) {
        throw failure('ChecksumMismatch', `The stored bytes of ${digest} have the digest ${found}: they were changed.`);
      }
      return bytes;
    },
  };
}

async function digestOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return `sha256:${hash.digest('hex')}`;
}
