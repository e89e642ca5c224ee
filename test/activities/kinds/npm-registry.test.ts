import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExecutorSettings } from '../../../src/activities/kinds/kind.ts';
import { publishArtifact } from '../../../src/activities/kinds/publish-artifact.ts';
import { openPublishing, packNpm } from '../../support/publishing.ts';
import type { Publishing } from '../../support/publishing.ts';
import { startVerdaccio } from '../../support/verdaccio.ts';
import type { Verdaccio } from '../../support/verdaccio.ts';

let publishing: Publishing;
let verdaccio: Verdaccio;
beforeAll(async () => {
  publishing = await openPublishing();
  verdaccio = await startVerdaccio();
}, 360_000);
afterAll(async () => {
  await verdaccio?.stop();
  await publishing?.close();
});

function settings({
  url = verdaccio.url,
  token = verdaccio.token,
  scopes = [] as string[],
} = {}): Partial<ExecutorSettings> {
  return { npmRegistries: [{ name: 'local', url, token, scopes }] };
}

/** A package of this name and version, validated, and the context in which it is published. */
async function aPackage(
  name: string,
  { version = '1.0.0', manifest = {}, ...context }: { version?: string; manifest?: object } & Partial<Given> = {},
): Promise<{ bytes: Buffer; context: ReturnType<Publishing['context']> }> {
  const bytes = await packNpm({ name, version, description: 'for tests', bin: './index.js', ...manifest });
  const digest = await publishing.keep(bytes);
  const target = { registry: 'npm:local', name, version };
  return { bytes, context: publishing.context({ target, digest, settings: settings(), ...context }) };
}
type Given = Parameters<Publishing['context']>[0];

/** The real client of npm, with nothing of this machine's settings. */
async function npm(args: string[], { url = verdaccio.url, cwd = publishing.folder } = {}): Promise<string> {
  const userconfig = path.join(publishing.folder, 'npmrc');
  await writeFile(userconfig, `//${new URL(url).host}/:_authToken=${verdaccio.token}\n`);
  const cache = path.join(publishing.folder, 'npm-cache');
  const { stdout } = await execa('npm', [...args, '--registry', url, '--userconfig', userconfig, '--cache', cache], {
    cwd,
  });
  return stdout;
}

function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}

describe('publishing to a real npm registry', () => {
  it.each(['plain-package', '@acme/scoped-package'])(
    'publishes %s so that npm gets exactly the validated bytes',
    async (name) => {
      const { bytes, context } = await aPackage(name);

      expect(await publishArtifact.obstacle(context)).toBeUndefined();
      const acted = await publishArtifact.act(context);

      const integrity = integrityOf(bytes);
      expect(acted).toMatchObject({ happened: { name, version: '1.0.0', integrity, size: bytes.length } });
      expect(JSON.parse(await npm(['view', `${name}@1.0.0`, 'dist.integrity', '--json']))).toBe(integrity);
      const [packed] = JSON.parse(await npm(['pack', `${name}@1.0.0`, '--json'])) as { filename: string }[];
      const got = await readFile(path.join(publishing.folder, packed?.filename ?? ''));
      expect(got.equals(bytes)).toBe(true);
      const { url } = (acted as { happened: { url: string } }).happened;
      expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(bytes)).toBe(true);
    },
  );

  it('is installed by npm, with its programs', async () => {
    const { context } = await aPackage('a-program', { manifest: { bin: { 'a-program': 'index.js' } } });
    await publishArtifact.act(context);

    const cwd = path.join(publishing.folder, 'user');
    await mkdir(cwd);
    await npm(['install', 'a-program@1.0.0'], { cwd });

    await chmod(path.join(cwd, 'node_modules', '.bin', 'a-program'), 0o755);
    expect(await readFile(path.join(cwd, 'node_modules', 'a-program', 'index.js'), 'utf8')).toBe('export {};\n');
  });

  it('moves no tag back: a prerelease has its own, a late fix that of its major version', async () => {
    for (const version of ['1.0.0', '2.0.0', '2.1.0-beta.1', '1.0.1']) {
      const { context } = await aPackage('tagged', { version, draftId: `draft-${version}` });
      expect(await publishArtifact.act(context)).toMatchObject({ happened: { version } });
    }

    const tags: unknown = JSON.parse(await npm(['view', 'tagged', 'dist-tags', '--json']));

    expect(tags).toEqual({ latest: '2.0.0', beta: '2.1.0-beta.1', 'release-1.x': '1.0.1' });
  });

  it('refuses a version that is there before anything is consumed, and again at the registry', async () => {
    const first = await aPackage('taken');
    const second = await aPackage('taken', { manifest: { other: true }, draftId: 'draft-2' });
    await publishArtifact.act(first.context);

    const obstacle = await publishArtifact.obstacle(second.context);
    const acted = await publishArtifact.act(second.context);

    const message = `npm:local already has taken 1.0.0 (${integrityOf(first.bytes)}); publish another version.`;
    expect(obstacle).toBe(message);
    expect(acted).toEqual({ failed: message });
  });

  it('is refused by a registry that does not know the token', async () => {
    const { context } = await aPackage('untold', { settings: settings({ token: 'wrong' }) });

    const acted = await publishArtifact.act(context);

    expect(acted).toEqual({
      failed: expect.stringMatching(/^Publishing untold 1\.0\.0 to npm:local: answered 40[13], /),
    });
    expect(JSON.stringify(acted)).not.toContain('wrong');
    expect((await fetch(`${verdaccio.url}/untold`)).status).toBe(404);
  });

  it('sends nothing to a registry that is gone', async () => {
    const killed = await startVerdaccio();
    const { context } = await aPackage('orphan', { settings: settings({ url: killed.url }) });
    await killed.stop();

    expect(await publishArtifact.obstacle(context)).toMatch(/^npm:local cannot be asked for orphan: .*ECONNREFUSED/);
    expect(await publishArtifact.act(context)).toEqual({
      failed: expect.stringMatching(/nothing was sent.*ECONNREFUSED/),
    });
    expect(await publishArtifact.witness?.(context)).toEqual({ unknown: expect.stringMatching(/ECONNREFUSED/) });
  });
});

describe('its witness', () => {
  it('finds what this draft has published, and nothing before it has', async () => {
    const { context } = await aPackage('witnessed');

    const before = await publishArtifact.witness?.(context);
    const acted = await publishArtifact.act(context);

    expect(before).toEqual({ unknown: 'npm:local has no witnessed 1.0.0.' });
    expect(await publishArtifact.witness?.(context)).toEqual(acted);
    expect(await publishArtifact.obstacle(context)).toBeUndefined();
    expect(await publishArtifact.act(context)).toEqual(acted);
  });

  it('takes the same bytes for another draft, or by another publisher, for what they are', async () => {
    const { bytes, context } = await aPackage('look-alike');
    const file = path.join(publishing.folder, 'look-alike.tgz');
    await writeFile(file, bytes);
    await npm(['publish', file]);

    const other = await aPackage('of-another-draft');
    await publishArtifact.act({ ...other.context, draft: { ...other.context.draft, id: 'draft-2' } });

    const unknown = expect.stringMatching(/not as this draft would have published it/);
    expect(await publishArtifact.witness?.(context)).toEqual({ unknown });
    expect(await publishArtifact.witness?.(other.context)).toEqual({ unknown });
    expect(await publishArtifact.obstacle(context)).toMatch(/already has look-alike 1\.0\.0/);
  });
});
