import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { sha256Hex } from '../../contract/canonical.ts';
import type { JsonObject } from '../../contract/json.ts';
import { Name } from '../../contract/names.ts';
import { writeDurably } from '../durable-file.ts';
import { codeOf, isRealFolder, lstatIfThere, mustBeWritable } from './folder-checks.ts';
import type { Publication, Registry, Sought } from './registry.ts';

// What is published is for everybody to read.
const FILE_MODE = 0o644;

// After these a rename has certainly changed nothing. Others (a network file system's) leave it open.
const NOT_RENAMED = new Set(
  'EACCES EDQUOT EEXIST EINVAL EISDIR ELOOP EMLINK ENAMETOOLONG ENOENT ENOSPC ENOTDIR ENOTEMPTY EPERM EROFS EXDEV'.split(
    ' ',
  ),
);

const Metadata = z.strictObject({
  name: z.string(),
  version: z.string(),
  digest: z.string(),
  size: z.int(),
  file: Name,
  draftId: z.string(),
  publishedAt: z.string(),
});
type Metadata = z.infer<typeof Metadata>;

type There = { readonly ours: JsonObject } | { readonly taken: string };

/**
 * A registry that is a folder: `<root>/<registry>/<name>/<version>/` with the artifact and its `metadata.json`. A version
 * appears whole, by one rename, and a version that is there is never replaced.
 */
export function directoryRegistry(root: string, registry: string): Registry {
  const folder = path.join(root, registry.slice('directory:'.length));
  const folderOf = ({ name }: Sought): string => path.join(folder, name);
  const goalOf = ({ name, version }: Sought): string => path.join(folder, name, version);

  /** What is at the version's place, whatever it is; undefined when nothing is. */
  async function look(sought: Sought): Promise<There | undefined> {
    const goal = goalOf(sought);
    const place = (await isRealFolder(folderOf(sought))) ? await lstatIfThere(goal) : undefined;
    if (place === undefined) return undefined;
    const metadata = place.isDirectory() ? await readMetadata(goal) : undefined;
    if (metadata === undefined) {
      return {
        taken: `${goal} is there, and its metadata.json cannot be read as one of ${registry}; publish another version, or move it away.`,
      };
    }
    if (metadata.draftId === sought.draftId && metadata.digest === sought.digest) {
      return { ours: receiptOf(goal, metadata) };
    }
    return {
      taken: `${registry} already has ${sought.name} ${sought.version} (${metadata.digest}); publish another version.`,
    };
  }

  async function stage(publication: Publication, staging: string, metadata: Metadata): Promise<void> {
    await mkdir(folder, { recursive: true });
    await mkdir(folderOf(publication)).catch(unlessExists);
    await isRealFolder(folderOf(publication));
    await rm(staging, { recursive: true, force: true });
    await mkdir(staging);
    await writeDurably(path.join(staging, publication.file), publication.bytes, FILE_MODE);
    await writeDurably(path.join(staging, 'metadata.json'), `${JSON.stringify(metadata, null, 2)}\n`, FILE_MODE);
  }

  /** What is left of an attempt is no version: that it cannot be removed changes nothing. */
  async function unstage(publication: Publication, staging: string): Promise<void> {
    const isOurs = await isRealFolder(folderOf(publication)).catch(() => false);
    if (isOurs) await rm(staging, { recursive: true, force: true }).catch(() => undefined);
  }

  return {
    async obstacle(publication) {
      try {
        await mustBeWritable(folderOf(publication));
        const there = await look(publication);
        return there !== undefined && 'taken' in there ? there.taken : undefined;
      } catch (error) {
        return `${registry} cannot take a publication: ${messageOf(error)}`;
      }
    },

    async publish(publication) {
      const { name, version, digest, file, bytes, draftId } = publication;
      const publishedAt = new Date().toISOString();
      const metadata = { name, version, digest, size: bytes.length, file, draftId, publishedAt };
      const goal = goalOf(publication);
      // Beside the goal, so that the rename stays on one file system; a name no version can have.
      const staging = path.join(folderOf(publication), `+${sha256Hex(draftId).slice(0, 32)}`);
      let renaming = false;
      try {
        await stage(publication, staging, metadata);
        // A rename replaces an empty folder, so that is asked for first; it never replaces one with anything in it.
        const there = await look(publication);
        if (there === undefined) {
          renaming = true;
          await rename(staging, goal);
          return { happened: receiptOf(goal, metadata) };
        }
        await unstage(publication, staging);
        return 'ours' in there ? { happened: there.ours } : { failed: there.taken };
      } catch (error) {
        await unstage(publication, staging);
        const there = renaming ? await look(publication) : undefined;
        if (there !== undefined) return 'ours' in there ? { happened: there.ours } : { failed: there.taken };
        if (renaming && !NOT_RENAMED.has(codeOf(error))) throw error;
        return { failed: `Nothing was published to ${registry}: ${messageOf(error)}` };
      }
    },

    async find(sought) {
      const there = await look(sought).catch((error: unknown) => ({ taken: messageOf(error) }));
      if (there !== undefined && 'ours' in there) return { happened: there.ours };
      const why = there === undefined ? '' : ` ${there.taken}`;
      return { unknown: `${registry} has no ${sought.name} ${sought.version} of this draft.${why}` };
    },
  };
}

function receiptOf(folder: string, metadata: Metadata): JsonObject {
  const { name, version, digest, size, file } = metadata;
  return { url: pathToFileURL(path.join(folder, file)).href, name, version, digest, size };
}

async function readMetadata(folder: string): Promise<Metadata | undefined> {
  try {
    return Metadata.parse(JSON.parse(await readFile(path.join(folder, 'metadata.json'), 'utf8')));
  } catch {
    return undefined;
  }
}

function unlessExists(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
