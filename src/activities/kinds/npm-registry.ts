import { z } from 'zod';
import { JsonObject } from '../../contract/json.ts';
import { distTag } from './dist-tag.ts';
import type { Acted, Witnessed } from './kind.ts';
import type { NpmAccess } from './npm-access.ts';
import { DRAFT_FIELD, integrityOf, publishDocument, receiptOf } from './npm-document.ts';
import { readManifest } from './npm-tarball.ts';
import { judgeRefusal, sendEffect, withoutToken } from './provider-answer.ts';
import type { ProviderAnswer } from './provider-answer.ts';
import type { Publication, Registry } from './registry.ts';
import { sendOnce } from './send-once.ts';

// The document carries the bytes as text, which has to be in memory in one piece.
const MAX_TARBALL_BYTES = 128 * 1024 * 1024;
const LOOK_MS = 15_000;

const Packument = z.object({
  versions: JsonObject.optional(),
  'dist-tags': z.object({ latest: z.string().optional() }).optional(),
});
type Packument = z.infer<typeof Packument>;

const Published = z.object({ [DRAFT_FIELD]: z.string().optional(), dist: z.object({ integrity: z.string() }) });

/** A registry that speaks npm's protocol. A version that it has is never overwritten: the registry itself refuses that. */
export function npmRegistry(registry: NpmAccess, signal: AbortSignal): Registry {
  const label = `npm:${registry.name}`;
  const headers = { authorization: `Bearer ${registry.token}`, accept: 'application/json' };

  async function send(
    name: string,
    { method, body, signal }: { method: string; body?: string; signal: AbortSignal },
  ): Promise<ProviderAnswer> {
    // `write` asks for what is there now, and not for what a cache holds.
    const url = `${registry.url}/${name.replace('/', '%2f')}${method === 'GET' ? '?write=true' : ''}`;
    const sent = body === undefined ? headers : { ...headers, 'content-type': 'application/json' };
    const answer = await sendOnce(url, { method, headers: sent, body, signal });
    const text = await answer.text();
    const data = jsonOf(text);
    return {
      status: answer.status,
      header: (name) => answer.headers.get(name) ?? undefined,
      data,
      said: withoutToken(errorIn(data) ?? text.slice(0, 300), registry.token),
    };
  }

  function taken({ name, version }: Publication, there: unknown): string {
    const integrity = Published.safeParse(there).data?.dist.integrity ?? 'of unknown bytes';
    return `${label} already has ${name} ${version} (${integrity}); publish another version.`;
  }

  /** What the registry has of a package, or why that cannot be seen. */
  async function look(name: string): Promise<{ has: Packument } | { fault: string }> {
    const what = `${label} cannot be asked for ${name}`;
    try {
      const within = AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]);
      const { status, data, said } = await send(name, { method: 'GET', signal: within });
      if (status === 404) return { has: {} };
      const has = Packument.safeParse(data);
      if (status === 200 && has.success) return { has: has.data };
      return { fault: `${what}: it answered ${status}${status === 200 ? ' and no package' : `, ${said}`}.` };
    } catch (error) {
      return { fault: `${what}: ${messageOf(error)}.` };
    }
  }

  return {
    async obstacle(publication) {
      const { name, version } = publication;
      const misfit = misfitOf(publication, registry) ?? (await faultOfBytes(publication));
      if (misfit !== undefined) return misfit;
      const seen = await look(name);
      if ('fault' in seen) return `${seen.fault} Nothing was published; see to the registry and its token.`;
      const there = versionIn(seen.has, version);
      return there === undefined || isOurs(there, publication) ? undefined : taken(publication, there);
    },

    async publish(publication): Promise<Acted> {
      const { name, version } = publication;
      const what = `Publishing ${name} ${version} to ${label}`;
      const misfit = misfitOf(publication, registry) ?? (await faultOfBytes(publication));
      if (misfit !== undefined) return { failed: misfit };
      const seen = await look(name);
      if ('fault' in seen) return { failed: `${what}: nothing was sent. ${seen.fault}` };
      const there = versionIn(seen.has, version);
      if (isOurs(there, publication)) return { happened: receiptOf(publication, registry.url) };
      if (there !== undefined) return { failed: taken(publication, there) };
      const tag = distTag(version, seen.has['dist-tags']?.latest);
      const body = publishDocument(publication, await readManifest(publication.bytes), registry.url, tag);
      const sent = await sendEffect(what, () => send(name, { method: 'PUT', body, signal }));
      if ('failed' in sent) return sent;
      const { status, said } = sent.answer;
      if (status === 200 || status === 201) return { happened: receiptOf(publication, registry.url) };
      // npm's own answers beside the usual ones: a plan that does not cover it, and a version that is there.
      if (status === 402 || status === 409) return { failed: `${what}: answered ${status}, ${said}` };
      return judgeRefusal(what, sent.answer);
    },

    async find(sought): Promise<Witnessed> {
      const { name, version } = sought;
      const seen = await look(name);
      if ('fault' in seen) return { unknown: seen.fault };
      const there = versionIn(seen.has, version);
      const { bytes } = sought;
      if (there === undefined) return { unknown: `${label} has no ${name} ${version}.` };
      if (bytes === undefined) return { unknown: `The bytes of ${sought.digest} are not here to be compared.` };
      const publication = { ...sought, bytes };
      if (isOurs(there, publication)) return { happened: receiptOf(publication, registry.url) };
      return { unknown: `${label} has ${name} ${version}, but not as this draft would have published it.` };
    },
  };
}

function misfitOf({ name, bytes }: Publication, { name: registry, scopes }: NpmAccess): string | undefined {
  if (scopes.length > 0 && !scopes.some((scope) => name.startsWith(`${scope}/`))) {
    return `The executor may publish to npm:${registry} only below ${scopes.join(', ')}, and ${name} is not; see MANDATE_NPM_REGISTRIES.`;
  }
  if (bytes.length <= MAX_TARBALL_BYTES) return undefined;
  return `The artifact has ${bytes.length} bytes; at most ${MAX_TARBALL_BYTES} can be published to npm:${registry}.`;
}

async function faultOfBytes({ name, version, bytes, file }: Publication): Promise<string | undefined> {
  try {
    const manifest = await readManifest(bytes);
    if (manifest['private'] === true)
      return `${file} says "private": true in its package.json; take it out to publish.`;
    if (manifest['name'] === name && manifest['version'] === version) return undefined;
    return `${file} is ${JSON.stringify(manifest['name'])} ${JSON.stringify(manifest['version'])} by its package.json, not ${name} ${version}.`;
  } catch (error) {
    return `${file} is no npm package: ${messageOf(error)}. Make it with npm pack.`;
  }
}

function versionIn({ versions = {} }: Packument, version: string): unknown {
  return Object.hasOwn(versions, version) ? versions[version] : undefined;
}

/** By the mark and the bytes: identical bytes may have been published by somebody else. */
function isOurs(there: unknown, { draftId, bytes }: Publication): boolean {
  const { data } = Published.safeParse(there);
  return data?.[DRAFT_FIELD] === draftId && data.dist.integrity === integrityOf(bytes);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorIn(data: unknown): string | undefined {
  return z.object({ error: z.string() }).safeParse(data).data?.error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
