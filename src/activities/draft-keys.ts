import { z } from 'zod';

/** The keys that drafts are signed with: new ones by the current key, older drafts verify while their key is kept. */
export interface DraftKeys {
  readonly current: string;
  /** Key ids to keys in lower-case hex. */
  readonly byId: Readonly<Record<string, string>>;
}

export const DraftKeyId = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);

/** The keys as a file holds them. */
export const DraftKeySet = z
  .strictObject({ current: DraftKeyId, keys: z.record(DraftKeyId, z.string().regex(/^(?:[0-9a-f]{2}){32,}$/)) })
  .refine(({ current, keys }) => Object.hasOwn(keys, current), { path: ['current'] });

const KEY = /^([A-Za-z0-9._-]{1,64}):((?:[0-9a-f]{2}){32,})$/;

/**
 * Reads keys as the environment gives them: `id:hex`, several separated by commas, the current one first. Each key has
 * at least 32 bytes. Throws with what is wrong; the message never holds a key.
 */
export function parseDraftKeys(text: string): DraftKeys {
  const keys = text.split(',').map((part, index) => {
    const match = KEY.exec(part.trim());
    if (match === null) {
      throw new Error(
        `MANDATE_DRAFT_KEYS: key ${index + 1} is not of the form id:hex with at least 64 lower-case hex digits; make one with: openssl rand -hex 32`,
      );
    }
    return [match[1] ?? '', match[2] ?? ''] as const;
  });
  const byId = Object.fromEntries(keys);
  if (Object.keys(byId).length !== keys.length)
    throw new Error('MANDATE_DRAFT_KEYS: two keys have the same id; give each its own.');
  return { current: keys[0]?.[0] ?? '', byId };
}
