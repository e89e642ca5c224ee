import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import Sqlite from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNpmRegistries } from '../../../src/activities/kinds/npm-access.ts';
import { publishArtifact } from '../../../src/activities/kinds/publish-artifact.ts';
import { openPublishing, packNpm } from '../../support/publishing.ts';
import type { Publishing } from '../../support/publishing.ts';

// Nobody listens there: what gets so far as to ask the registry says so.
const CLOSED = 'http://127.0.0.1:9';

let publishing: Publishing;
beforeAll(async () => {
  publishing = await openPublishing();
});
afterAll(() => publishing.close());

type Given = Parameters<Publishing['context']>[0];

function context(digest: string, target: Partial<Given['target']> = {}): ReturnType<Publishing['context']> {
  return publishing.context({
    target: { registry: 'npm:acme', name: '@acme/notes', version: '1.0.0', ...target },
    digest,
    settings: { npmRegistries: parseNpmRegistries(`acme ${CLOSED} secret-token @acme`) },
  });
}

/** What keeps the artifact from being published: the same before the claim and after it, and never more than a refusal. */
async function refusal(given: ReturnType<typeof context>): Promise<string | undefined> {
  const obstacle = await publishArtifact.obstacle(given);
  expect(await publishArtifact.act(given)).toEqual({ failed: obstacle });
  return obstacle;
}

describe.each(['npm:acme', 'directory:acme'])('to %s', (registry) => {
  const name = registry.startsWith('npm:') ? '@acme/notes' : 'notes';

  it('nothing is published that no check of the run has validated', async () => {
    const digest = await publishing.keep(`not validated, for ${registry}`, { validated: false });

    expect(await refusal(context(digest, { registry, name }))).toBe(
      `No check of run run-1 has validated ${digest}; let a VERIFY check of an earlier stage pass on it.`,
    );
  });

  it('nothing is published whose validation was tampered with', async () => {
    const digest = await publishing.keep(`validated, then changed, for ${registry}`);
    const database = new Sqlite(path.join(publishing.folder, 'store.db'), { timeout: 5_000 });
    database.prepare('update outputs set content = ? where artifact_digest = ?').run('{"digest":"another"}', digest);
    database.close();

    expect(await refusal(context(digest, { registry, name }))).toMatch(/was changed after it was put.*run the stage/);
  });

  it('nothing is published whose bytes are not in the store', async () => {
    const digest = await publishing.keep(`lost, for ${registry}`);
    const { artifacts, ...given } = context(digest, { registry, name });
    const empty = { ...artifacts, read: () => Promise.resolve(undefined) };

    expect(await refusal({ ...given, artifacts: empty })).toMatch(/are not in the artifact store; run the stage/);
  });

  it('nothing is published whose bytes were changed on the disk', async () => {
    const digest = await publishing.keep(`good, for ${registry}`);
    await writeFile(publishing.artifacts.pathOf(digest), 'changed');

    expect(await refusal(context(digest, { registry, name }))).toMatch(/they were changed\. Run the stage/);
  });
});

describe('an npm registry', () => {
  it('is refused when the executor does not know it', async () => {
    const digest = await publishing.keep(await packNpm({ name: '@acme/notes', version: '1.0.0' }));

    expect(await refusal(context(digest, { registry: 'npm:other' }))).toBe(
      'The executor knows no registry npm:other; add it to MANDATE_NPM_REGISTRIES (now: npm:acme).',
    );
  });

  it.each(['@other/notes', 'notes', '@acme-corp/notes'])('takes no package outside its scopes: %s', async (name) => {
    const digest = await publishing.keep(await packNpm({ name, version: '1.0.0' }));

    expect(await refusal(context(digest, { name }))).toMatch(/may publish to npm:acme only below @acme, and .* is not/);
  });

  it.each([
    [
      'another name',
      { name: '@acme/other', version: '1.0.0' },
      /is "@acme\/other" "1\.0\.0" by its package\.json, not/,
    ],
    ['another version', { name: '@acme/notes', version: '1.0.1' }, /is "@acme\/notes" "1\.0\.1" by its package\.json/],
    ['no name', { version: '1.0.0' }, /must have a name and a version/],
    ['that it is private', { name: '@acme/notes', version: '1.0.0', private: true }, /says "private": true/],
  ])('takes no package whose package.json says %s', async (_what, manifest, message) => {
    const digest = await publishing.keep(await packNpm(manifest));

    expect(await refusal(context(digest))).toMatch(message);
  });

  const good = JSON.stringify({ name: '@acme/notes', version: '1.0.0' });
  it.each<[string, () => Promise<Buffer>, RegExp]>([
    ['no archive', async () => Buffer.from('plain text'), /not compressed with gzip/],
    ['compressed, but no archive', async () => gzipSync('plain text'), /is no npm package/],
    [
      'cut off',
      async () => (await packNpm({ name: '@acme/notes', version: '1.0.0' })).subarray(0, 80),
      /is no npm package/,
    ],
    ['without a package.json', async () => packNpm(undefined), /it has no package\/package\.json/],
    ['with a package.json that is no JSON', async () => packNpm({}, { 'package/package.json': '{' }), /cannot be read/],
    [
      'with a package.json that says a name twice',
      async () => packNpm({}, { 'package/package.json': good.replace('{', '{"name":"@acme/other",') }),
      /duplicate member name "name"/,
    ],
    [
      'with two of them, of which npm would take the last',
      async () => packNpm({ name: '@acme/notes', version: '1.0.0' }, {}, ['package/package.json']),
      /more than one package\/package\.json/,
    ],
    [
      'with another folder, whose package.json npm would take',
      async () => packNpm({ name: '@acme/notes', version: '1.0.0' }, { 'zzz/package.json': '{}' }),
      /has "zzz\/package\.json" outside of package\//,
    ],
  ])('takes nothing that is %s', async (_what, make, message) => {
    const digest = await publishing.keep(await make());

    expect(await refusal(context(digest))).toMatch(message);
  });
});

describe('the target', () => {
  it.each([
    { registry: 'npm:acme', name: '@acme/notes', version: '1.0.0-beta.1' },
    { registry: 'npm:acme', name: 'notes', version: '1.0.0' },
    { registry: 'directory:acme', name: 'Notes', version: '2026-03' },
  ])('may be $registry $name $version', (target) => {
    expect(publishArtifact.target.safeParse(target).success).toBe(true);
  });

  it.each([
    { registry: 'npm:acme', name: 'Notes', version: '1.0.0' },
    { registry: 'npm:acme', name: '../notes', version: '1.0.0' },
    { registry: 'npm:acme', name: '@acme/../notes', version: '1.0.0' },
    { registry: 'npm:acme', name: 'notes', version: '1.0' },
    { registry: 'npm:acme', name: 'notes', version: 'latest' },
    { registry: 'npm:acme', name: 'notes', version: '1.0.0+build' },
    { registry: 'npm:acme', name: 'notes', version: '01.0.0' },
    { registry: 'directory:acme', name: '@acme/notes', version: '1.0.0' },
    { registry: 'directory:acme', name: 'notes', version: '..' },
    { registry: 'directory:../acme', name: 'notes', version: '1.0.0' },
    { registry: 'pypi:acme', name: 'notes', version: '1.0.0' },
  ])('may not be $registry $name $version', (target) => {
    expect(publishArtifact.target.safeParse(target).success).toBe(false);
  });
});

describe('the setting of npm registries', () => {
  it('has one entry on each line, or between commas', () => {
    const given = 'a https://a.example/npm/ t1 @x @y, b http://b.example t2\n\nc https://c.example t3';

    expect(parseNpmRegistries(given)).toEqual([
      { name: 'a', url: 'https://a.example/npm', token: 't1', scopes: ['@x', '@y'] },
      { name: 'b', url: 'http://b.example', token: 't2', scopes: [] },
      { name: 'c', url: 'https://c.example', token: 't3', scopes: [] },
    ]);
  });

  it.each([
    ['no token', 'a https://a.example'],
    ['no URL', 'a secret-token @x'],
    ['a URL of no web server', 'a file:///a secret-token'],
    ['a URL with a password', 'a https://u:p@a.example secret-token'],
    ['a scope without @', 'a https://a.example secret-token x'],
    ['a name twice', 'a https://a.example secret-token, a https://b.example secret-token'],
  ])('is refused with %s, without telling the token', (_what, text) => {
    expect(() => parseNpmRegistries(text)).toThrow(/^MANDATE_NPM_REGISTRIES((?!secret-token).)*$/);
  });
});
