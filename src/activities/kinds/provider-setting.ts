import { z } from 'zod';

/** Where an API lies, without a slash at its end: a path may be put behind it. */
export const BaseUrl = z
  .url({ protocol: /^https?$/ })
  .refine(isBare, 'must carry no user name, query or fragment')
  .transform((url) => url.replace(/\/+$/, ''));

/** An access token, as a header can carry it (RFC 6750). */
export const AccessToken = z.string().regex(/^[A-Za-z0-9._~+/=-]+$/, 'must be one access token');

function isBare(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password, search, hash } = new URL(text);
  return username === '' && password === '' && search === '' && hash === '';
}
