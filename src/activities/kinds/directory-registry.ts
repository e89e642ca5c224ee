import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { JsonObject } from '../../contract/json.ts';
import { readIfThere, writeDurably } from '../durable-file.ts';

// What is published is for everybody to read.
const FILE_MODE = 0o644;

interface Publication {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  /** Name of the file in the version's folder. */
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly draftId: string;
}

interface Registry {
  publish(publication: Publication): Promise<{ ok: true; receipt: JsonObject } | { ok: false; reason: string }>;
  find(name: string, version: string): Promise<{ draftId: string; digest: string; receipt: JsonObject } | undefined>;
}

const Metadata = z.strictObject({
  name: z.string(),
  version: z.string(),
  digest: z.string(),
  size: z.int(),
  file: z.string(),
  draftId: z.string(),
  publishedAt: z.string(),
});

/**
 * A registry that is a folder: `<root>/<registry>/<name>/<version>/` with the artifact and its `metadata.json`. A version
 * appears whole, by one rename, and a version that is there is never replaced.
 */
export function directoryRegistry(root: string, registry: string): Registry {
  const folder = path.join(root, registry.slice('directory:'.length));
  const versionFolder = (name: string, version: string): string => path.join(folder, name, version);

  const find: Registry['find'] = async (name, version) => {
    const text = await readIfThere(path.join(versionFolder(name, version), 'metadata.json'));
    if (text === undefined) return undefined;
    const metadata = Metadata.parse(JSON.parse(text.toString('utf8')));
    return {
      draftId: metadata.draftId,
      digest: metadata.digest,
      receipt: receiptOf(versionFolder(name, version), metadata),
    };
  };

  const publish: Registry['publish'] = async ({ name, version, digest, file, bytes, draftId }) => {
    const goal = versionFolder(name, version);
    const metadata = {
      name,
      version,
      digest,
      size: bytes.length,
      file,
      draftId,
      publishedAt: new Date().toISOString(),
    };
    // Beside the goal, so that the rename stays on one file system; a name no version can have.
    const staging = path.join(folder, name, `+${draftId}`);
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging, { recursive: true });
    await writeDurably(path.join(staging, file), bytes, FILE_MODE);
    await writeDurably(path.join(staging, 'metadata.json'), `${JSON.stringify(metadata, null, 2)}\n`, FILE_MODE);
    try {
      await rename(staging, goal);
    } catch (error) {
      await rm(staging, { recursive: true, force: true });
      const there = await find(name, version);
      if (there === undefined) throw error;
      return {
        ok: false,
        reason: `${registry} already has ${name} ${version} (${there.digest}); publish another version.`,
      };
    }
    return { ok: true, receipt: receiptOf(goal, metadata) };
  };

  return { publish, find };
}

function receiptOf(folder: string, metadata: z.infer<typeof Metadata>): JsonObject {
  const { name, version, digest, size, file } = metadata;
  return { url: pathToFileURL(path.join(folder, file)).href, name, version, digest, size };
}
