import { z } from 'zod';
import { Name } from '../../contract/names.ts';
import { AccessToken, BaseUrl } from './provider-setting.ts';

// Source: Mastodon's own limit; an instance may have raised it.
const MAX_CHARACTERS = 500;

/** An account that the executor posts as. */
const SocialAccount = z.strictObject({
  network: z.literal('mastodon', { error: 'must be mastodon' }),
  account: Name,
  /** Of the instance. */
  url: BaseUrl,
  token: AccessToken,
  maxCharacters: z.coerce.number().int().min(1).max(100_000).default(MAX_CHARACTERS),
});
export type SocialAccount = Readonly<z.infer<typeof SocialAccount>>;

/** `mastodon ACCOUNT URL TOKEN [MAX_CHARACTERS]`, separated by commas or on lines of their own. */
export const SocialAccounts = z
  .string()
  .transform((text) =>
    text
      .split(/[,\n]/)
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
      .map(readEntry),
  )
  .pipe(z.array(SocialAccount))
  .refine(
    (entries) => new Set(entries.map(({ account }) => account)).size === entries.length,
    'must name each account once',
  );

function readEntry(entry: string): z.input<typeof SocialAccount> {
  const [network, account, url, token, maxCharacters, ...more] = entry.split(/\s+/);
  // What it is worth is for the schema to say, also of what is too much.
  return { network, account, url, token, maxCharacters, ...(more.length === 0 ? {} : { more }) } as z.input<
    typeof SocialAccount
  >;
}
