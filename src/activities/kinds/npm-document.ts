import { createHash } from 'node:crypto';
import type { JsonObject } from '../../contract/json.ts';
import type { Publication } from './registry.ts';

/** In the published version's manifest, where registries keep what they do not know: whose publication it is. */
export const DRAFT_FIELD = '_mandateDraft';

/** What `npm publish` sends: the package's manifest with the digests of its bytes, and the bytes themselves. */
export function publishDocument(publication: Publication, manifest: JsonObject, url: string, tag: string): string {
  const { name, version, bytes, draftId } = publication;
  const attachment = `${name}-${version}.tgz`;
  const dist = {
    integrity: integrityOf(bytes),
    shasum: createHash('sha1').update(bytes).digest('hex'),
    tarball: `${url}/${name}/-/${attachment}`,
  };
  return JSON.stringify({
    _id: name,
    name,
    description: manifest['description'],
    'dist-tags': { [tag]: version },
    versions: { [version]: { ...manifest, _id: `${name}@${version}`, dist, [DRAFT_FIELD]: draftId } },
    access: accessIn(manifest),
    _attachments: {
      [attachment]: {
        content_type: 'application/octet-stream',
        data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
        length: bytes.length,
      },
    },
  });
}

export function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}

export function receiptOf({ name, version, digest, bytes }: Publication, url: string): JsonObject {
  const file = `${name.replace(/^@[^/]*\//, '')}-${version}.tgz`;
  return {
    url: `${url}/${name}/-/${file}`,
    name,
    version,
    digest,
    integrity: integrityOf(bytes),
    size: bytes.length,
  };
}

/** Who may see a scoped package, as its package.json says; else the registry's own default holds. */
function accessIn({ publishConfig }: JsonObject): 'public' | 'restricted' | null {
  const config = typeof publishConfig === 'object' && !Array.isArray(publishConfig) ? publishConfig : null;
  const access = config?.['access'];
  return access === 'public' || access === 'restricted' ? access : null;
}
