import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publishArtifact } from '../../../src/activities/kinds/publish-artifact.ts';
import { openPublishing } from '../../support/publishing.ts';
import type { Publishing } from '../../support/publishing.ts';

const NOBODY = 65_534;

let publishing: Publishing;
let digest: string;
let registry: string;
beforeEach(async () => {
  publishing = await openPublishing();
  digest = await publishing.keep('These bytes were checked.\n');
  registry = path.join(publishing.folder, 'registries', 'notes');
});
afterEach(() => publishing.close());

function context(draftId = 'draft-1', given = digest): ReturnType<Publishing['context']> {
  const target = { registry: 'directory:notes', name: 'notes', version: '1.0.0' };
  return publishing.context({ target, digest: given, draftId });
}

/** What is in a folder, hidden files and all, or nothing. */
async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true }).catch(() => [])).toSorted((a, b) => a.localeCompare(b));
}

describe('a registry that is a folder', () => {
  it('has the validated bytes under the version, and the witness finds whose they are', async () => {
    const before = await publishArtifact.witness?.(context());
    const acted = await publishArtifact.act(context());

    expect(before).toEqual({ unknown: 'directory:notes has no notes 1.0.0 of this draft.' });
    expect(acted).toMatchObject({ happened: { name: 'notes', version: '1.0.0', digest, size: 26 } });
    expect(await readFile(path.join(registry, 'notes', '1.0.0', 'package.tgz'), 'utf8')).toBe(
      'These bytes were checked.\n',
    );
    expect(await filesIn(path.join(registry, 'notes'))).toEqual(['1.0.0', '1.0.0/metadata.json', '1.0.0/package.tgz']);
    expect(await publishArtifact.witness?.(context())).toEqual(acted);
    expect(await publishArtifact.witness?.(context('draft-2'))).toMatchObject({ unknown: expect.any(String) });
  });

  it('has one of many publications that race for a version, whole', async () => {
    const drafts = Array.from({ length: 8 }, (_, index) => context(`draft-${index}`));

    const acted = await Promise.all(drafts.map((draft) => publishArtifact.act(draft)));

    expect(acted.filter((each) => 'happened' in each)).toHaveLength(1);
    expect(acted.filter((each) => 'failed' in each && /already has notes 1\.0\.0/.test(each.failed))).toHaveLength(7);
    expect(await filesIn(path.join(registry, 'notes'))).toEqual(['1.0.0', '1.0.0/metadata.json', '1.0.0/package.tgz']);
  });

  it('is no obstacle to the draft that has published there: its outcome is still to be told', async () => {
    const acted = await publishArtifact.act(context());

    expect(await publishArtifact.obstacle(context())).toBeUndefined();
    expect(await publishArtifact.act(context())).toEqual(acted);
  });
});

describe('what is in the way is told before anything is consumed, and nothing is changed', () => {
  const version = (): string => path.join(registry, 'notes', '1.0.0');

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'another version of that name',
      async () => publishArtifact.act(context('other', await publishing.keep('other bytes'))),
      /^directory:notes already has notes 1\.0\.0 \(sha256:[0-9a-f]{64}\); publish another version\.$/,
    ],
    [
      'an empty folder',
      async () => mkdir(version(), { recursive: true }),
      /1\.0\.0 is there, and its metadata\.json cannot/,
    ],
    [
      'a broken metadata.json',
      async () => {
        await mkdir(version(), { recursive: true });
        await writeFile(path.join(version(), 'metadata.json'), '{');
      },
      /1\.0\.0 is there, and its metadata\.json cannot be read as one of directory:notes; publish another version, or move/,
    ],
    [
      "somebody else's metadata.json",
      async () => {
        await mkdir(version(), { recursive: true });
        await writeFile(path.join(version(), 'metadata.json'), '{"name":"notes","author":"somebody"}');
      },
      /1\.0\.0 is there, and its metadata\.json cannot be read/,
    ],
    [
      'a file of that name',
      async () => {
        await mkdir(path.dirname(version()), { recursive: true });
        await writeFile(version(), '');
      },
      /1\.0\.0 is there/,
    ],
    [
      'a link to nowhere of that name',
      async () => {
        await mkdir(path.dirname(version()), { recursive: true });
        await symlink('nowhere', version());
      },
      /1\.0\.0 is there/,
    ],
    [
      'a link out of the registry where the name should be',
      async () => {
        await mkdir(path.join(publishing.folder, 'outside'));
        await mkdir(registry, { recursive: true });
        await symlink(path.join(publishing.folder, 'outside'), path.join(registry, 'notes'));
      },
      /^directory:notes cannot take a publication: .*notes\/notes is a link, not a folder; move it away\.$/,
    ],
    [
      'a file where the registry should be',
      async () => {
        await mkdir(path.dirname(registry), { recursive: true });
        await writeFile(registry, '');
      },
      /^directory:notes cannot take a publication: .*registries\/notes is a file, not a folder; move it away\.$/,
    ],
    [
      'a file where all registries should be',
      async () => writeFile(path.dirname(registry), ''),
      /registries is a file, not a folder; move it away\.$/,
    ],
  ])('%s', async (_what, put, message) => {
    await put();
    const before = await filesIn(publishing.folder);

    const obstacle = await publishArtifact.obstacle(context());
    const acted = await publishArtifact.act(context());

    expect(obstacle).toMatch(message);
    expect(acted).toEqual({ failed: expect.any(String) });
    expect(await publishArtifact.witness?.(context())).toEqual({ unknown: expect.any(String) });
    expect(await filesIn(publishing.folder)).toEqual(before);
  });

  // The system asks for the rights of who started the process, and root has all of them.
  it.skipIf(process.getuid?.() === 0)('a folder that may not be written to', async () => {
    await mkdir(path.join(registry, 'notes'), { recursive: true, mode: 0o555 });

    const obstacle = await publishArtifact.obstacle(context());

    expect(obstacle).toMatch(/this process may not write to .*notes\/notes; change its owner or mode\.$/);
  });
});

it('a publication that may not be written has certainly not happened', async () => {
  await mkdir(path.join(registry, 'notes'), { recursive: true });
  await chmod(path.join(registry, 'notes'), 0o555);
  await chmod(publishing.folder, 0o755);
  const given = { ...context(), artifacts: { ...publishing.artifacts, read: async () => Buffer.from('bytes') } };

  const acted = await unprivileged(() => publishArtifact.act(given));

  expect(acted).toEqual({ failed: expect.stringMatching(/^Nothing was published to directory:notes: EACCES/) });
  expect(await filesIn(registry)).toEqual(['notes']);
});

/** Runs as a user without rights of its own where the tests run as the one that may do everything. */
async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
  const { geteuid, seteuid } = process;
  if (geteuid?.() !== 0) return work();
  seteuid?.(NOBODY);
  try {
    return await work();
  } finally {
    seteuid?.(0);
  }
}
