import { z } from 'zod';

/** Where the executor comments, and in whose name. */
export interface GitHubSettings {
  /** `https://api.github.com`, or `https://HOST/api/v3` of a GitHub Enterprise Server. */
  readonly url: string;
  readonly token?: string | undefined;
  /** The repositories that may be commented on: `owner/name`, or `owner/*`. */
  readonly repos: readonly string[];
}

// Of a repository: never . or .., which a URL would take for the folder above.
const NAME = /(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}/;
const OWNER = /[A-Za-z0-9][A-Za-z0-9_-]{0,38}/;

/** `owner/name`. */
export const Repo = z
  .string()
  .regex(new RegExp(`^${OWNER.source}/${NAME.source}$`), 'must be owner/name, as in octocat/hello-world');

/** The repositories that may be commented on, separated by commas. */
export const AllowedRepos = z
  .string()
  .transform((list) =>
    list
      .split(',')
      .map((repo) => repo.trim())
      .filter((repo) => repo !== ''),
  )
  .pipe(
    z.array(z.string().regex(new RegExp(`^${OWNER.source}/(\\*|${NAME.source})$`), 'must be owner/name or owner/*')),
  );

/** Whether a list has a repository. GitHub's names do not tell case. */
export function isAllowed(repo: string, repos: readonly string[]): boolean {
  const given = repo.toLowerCase();
  return repos
    .map((allowed) => allowed.toLowerCase())
    .some((allowed) => (allowed.endsWith('/*') ? given.startsWith(allowed.slice(0, -1)) : given === allowed));
}
