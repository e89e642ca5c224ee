import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { publishArtifact } from '../../../src/activities/kinds/publish-artifact.ts';
import { startFakeNpmRegistry } from '../../support/fake-npm-registry.ts';
import type { FakeNpmRegistry, Fate } from '../../support/fake-npm-registry.ts';
import { openPublishing, packNpm } from '../../support/publishing.ts';
import type { Publishing } from '../../support/publishing.ts';
import { until } from '../../support/until.ts';

// An answer that leaves it open, or a connection that ended without a readable one.
const UNKNOWN = /may or may not have been done|other side closed|ECONNRESET|Expected HTTP/;

let publishing: Publishing;
let registry: FakeNpmRegistry;
let digest: string;
beforeAll(async () => {
  publishing = await openPublishing();
  digest = await publishing.keep(await packNpm({ name: '@acme/notes', version: '1.0.0' }));
});
beforeEach(async () => {
  registry = await startFakeNpmRegistry();
});
afterEach(() => registry.close());
afterAll(() => publishing.close());

function context(signal = new AbortController().signal): ReturnType<Publishing['context']> {
  const target = { registry: 'npm:acme', name: '@acme/notes', version: '1.0.0' };
  const access = { name: 'acme', url: registry.url, token: 'npm_0123456789', scopes: ['@acme'] };
  return publishing.context({ target, digest, signal, settings: { npmRegistries: [access] } });
}

describe('what a registry answers to a publication', () => {
  it.each([200, 201])('happened with %i', async (status) => {
    registry.fate = { status, kept: true };

    expect(await publishArtifact.act(context())).toMatchObject({ happened: { name: '@acme/notes', digest } });
  });

  it.each([301, 302, 307, 308, 400, 401, 402, 403, 404, 405, 409, 413, 422, 426, 451])(
    'certainly did nothing with %i, and is not asked again',
    async (status) => {
      registry.fate = { status, kept: false, headers: { location: '/elsewhere' } };

      const acted = await publishArtifact.act(context());

      expect(acted).toEqual({ failed: expect.stringContaining(String(status)) });
      expect(registry.publications).toBe(1);
    },
  );

  it('says how long to wait when it is asked too often', async () => {
    registry.fate = { status: 429, kept: false, headers: { 'retry-after': '120' } };

    expect(await publishArtifact.act(context())).toMatchObject({ failed: expect.any(String), holdSeconds: 120 });
  });

  it.each<[string, Fate]>([
    ['202', { status: 202, kept: true }],
    ['408', { status: 408, kept: true }],
    ['500, having done it', { status: 500, kept: true }],
    ['502', { status: 502, kept: true }],
    ['503', { status: 503, kept: true }],
    ['nothing, breaking the connection, having done it', 'cut-late'],
  ])('is unknown with %s, until the witness has looked', async (_what, fate) => {
    registry.fate = fate;

    await expect(publishArtifact.act(context())).rejects.toThrow(UNKNOWN);

    expect(registry.publications).toBe(1);
    expect(await publishArtifact.witness?.(context())).toMatchObject({ happened: { digest } });
  });

  it.each<[string, Fate]>([
    ['500, having done nothing', { status: 500, kept: false }],
    ['nothing, breaking the connection before the body was read', 'cut-early'],
  ])('stays unknown with %s', async (_what, fate) => {
    registry.fate = fate;

    await expect(publishArtifact.act(context())).rejects.toThrow(UNKNOWN);

    expect(registry.publications).toBe(1);
    expect(await publishArtifact.witness?.(context())).toEqual({ unknown: 'npm:acme has no @acme/notes 1.0.0.' });
  });

  it('has happened when the answer breaks off after its status', async () => {
    registry.fate = 'half';

    expect(await publishArtifact.act(context())).toMatchObject({ happened: { digest } });
  });

  it('is unknown when there is no answer in time', async () => {
    registry.fate = 'hang';
    const over = new AbortController();

    const acted = publishArtifact.act(context(over.signal));
    acted.catch(() => undefined);
    await until('the publication to arrive', () => registry.publications === 1);
    over.abort();

    await expect(acted).rejects.toThrow(/abort/i);
  });

  it('tells nobody the token that the registry repeats', async () => {
    const { settings, ...rest } = context();
    const told = {
      ...rest,
      settings: { ...settings, npmRegistries: settings.npmRegistries?.map((access) => ({ ...access, token: 'said' })) },
    };
    registry.fate = { status: 403, kept: false };

    const acted = await publishArtifact.act(told);

    expect(acted).toEqual({ failed: expect.stringMatching(/answered 403, \[removed\] the registry$/) });
  });
});

describe('before anything is consumed', () => {
  it.each([204, 302, 401, 403, 500, 503])('a registry that answers %i to a question is an obstacle', async (status) => {
    registry.lookStatus = status;

    expect(await publishArtifact.obstacle(context())).toMatch(
      new RegExp(`^npm:acme cannot be asked for @acme/notes: it answered ${status}`),
    );
    expect(await publishArtifact.act(context())).toEqual({ failed: expect.stringContaining('nothing was sent') });
    expect(registry.publications).toBe(0);
  });
});
