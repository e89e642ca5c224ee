import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseDraftKeys } from '../../src/activities/draft-keys.ts';
import { readConfig } from '../../src/config.ts';

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly stop_grace_period?: string;
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const text = await readFile(path.join(ROOT, 'docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const roles = services.filter(([, { build }]) => build !== undefined);

let secretsFolder: string;
beforeAll(async () => {
  secretsFolder = await mkdtemp(path.join(tmpdir(), 'mandate-secrets-'));
  await execa(path.join(ROOT, 'deploy/make-secrets.sh'), [secretsFolder]);
});
afterAll(() => rm(secretsFolder, { recursive: true }));

describe('docker-compose.yml', () => {
  it('fits the compose specification', async () => {
    const schema = JSON.parse(await readFile(new URL('compose-spec.json', import.meta.url), 'utf8')) as object;
    const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });

    ajv.validate(schema, compose);

    expect(ajv.errors ?? []).toEqual([]);
  });

  it.each(services)('pins the image of %s to a version, or builds it here', (_, { image, build }) => {
    expect(image).toMatch(build === undefined ? /:\d+(\.\d+)+(-[a-z]+)?$/ : /^mandate:local$/);
  });

  it.each(services)('mounts into %s only what there is', async (_, { volumes = [], secrets = [] }) => {
    const sources = volumes.map((volume) => volume.split(':')[0] ?? '');

    for (const source of sources.filter((each) => each.startsWith('.'))) {
      expect((await stat(path.join(ROOT, source))).isFile()).toBe(true);
    }
    for (const source of sources.filter((each) => !each.startsWith('.')))
      expect(compose.volumes).toHaveProperty(source);
    for (const secret of secrets) expect(compose.secrets).toHaveProperty(secret);
  });

  it.each(services)('lets %s wait only for services that there are', (_, { depends_on = {} }) => {
    for (const service of Object.keys(depends_on)) expect(compose.services).toHaveProperty(service);
  });

  it.each(roles)('gives %s an environment that Mandate can use', (name, { environment = {}, secrets = [] }) => {
    const given = Object.entries(environment).map(([name, value]) => [name, inside(value, secrets)]);

    const config = readConfig(Object.fromEntries(given) as Record<string, string>);

    // Whoever reads mail has no database.
    const database =
      name === 'mandate-mail' ? /^none$/ : /^postgres:\/\/mandate:[0-9a-f]{48}@postgresql:5432\/mandate$/;
    expect(config.databaseUrl ?? 'none').toMatch(database);
  });

  it('gives the draft keys to the executor and to nobody else', () => {
    const holders = services.filter(([, { secrets = [] }]) => secrets.includes('draft_keys')).map(([name]) => name);

    expect(holders).toEqual(['mandate-executor']);
  });

  it('lets what has begun settle: the longest effect, and its settlement', () => {
    const graceOf = (service: string): number =>
      Number.parseInt(compose.services[service]?.stop_grace_period ?? '', 10);

    expect(compose.services['mandate-executor']?.stop_grace_period).toMatch(/^\d+s$/);
    expect(graceOf('mandate-executor')).toBeGreaterThan(3_600 + 15);
    expect(graceOf('mandate-worker')).toBeGreaterThan(90);
  });

  it('opens ports on this machine only', () => {
    const open = services.flatMap(([, service]) => ('ports' in service ? (service.ports as string[]) : []));

    expect(open.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });
});

describe('deploy/make-secrets.sh', () => {
  it('makes every secret that docker-compose.yml hands over, in a folder that is closed to others', async () => {
    const handedOver = Object.entries(compose.secrets);

    expect(handedOver.map(([, { file }]) => file)).toEqual(handedOver.map(([name]) => `./deploy/secrets/${name}`));
    expect((await readdir(secretsFolder)).sort()).toEqual(handedOver.map(([name]) => name).sort());
    expect((await stat(secretsFolder)).mode & 0o777).toBe(0o700);
  });

  it('makes draft keys that the executor takes', async () => {
    const keys = await readFile(path.join(secretsFolder, 'draft_keys'), 'utf8');

    expect(() => parseDraftKeys(keys.trim())).not.toThrow();
  });

  it('leaves a secret that is there as it is', async () => {
    const before = await contents();

    await execa(path.join(ROOT, 'deploy/make-secrets.sh'), [secretsFolder]);

    expect(await contents()).toEqual(before);
  });
});

describe('Dockerfile', () => {
  it('pins its images to a version and does not run as root', async () => {
    const lines = (await readFile(path.join(ROOT, 'Dockerfile'), 'utf8')).split('\n');

    const images = lines.filter((line) => line.startsWith('FROM ')).map((line) => line.split(' ')[1]);

    expect(new Set(images)).toEqual(new Set([expect.stringMatching(/^node:\d+\.\d+\.\d+-bookworm-slim$/)]));
    expect(lines.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
  });

  it('copies only what there is and what .dockerignore lets through', async () => {
    const lines = (await readFile(path.join(ROOT, 'Dockerfile'), 'utf8')).split('\n');
    const ignored = (await readFile(path.join(ROOT, '.dockerignore'), 'utf8')).split('\n');

    const copied = lines
      .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1));

    for (const source of copied) {
      await stat(path.join(ROOT, source));
      expect(ignored).toContain(source.startsWith('tsconfig') ? '!tsconfig*.json' : `!${source}`);
    }
  });
});

/** A value as it is inside the container, with the secrets where this test has put them. */
function inside(value: string, secrets: readonly string[]): string {
  const interpolated = value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');
  const secret = /^\/run\/secrets\/(\w+)$/.exec(interpolated)?.[1];
  if (secret === undefined) return interpolated;
  expect(secrets).toContain(secret);
  return path.join(secretsFolder, secret);
}

async function contents(): Promise<string[]> {
  const names = await readdir(secretsFolder);
  return Promise.all(names.map((name) => readFile(path.join(secretsFolder, name), 'utf8')));
}
