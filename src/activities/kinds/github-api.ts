import { Octokit } from '@octokit/core';
import { z } from 'zod';
import type { GitHubSettings } from './github-settings.ts';
import { withoutToken } from './provider-answer.ts';
import type { ProviderAnswer } from './provider-answer.ts';
import { sendOnce } from './send-once.ts';
import type { Sending } from './send-once.ts';

export interface GitHub {
  readonly token: string;
  /** One request, sent at most once. Throws when there is no answer to it. */
  ask(route: string, parameters: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<ProviderAnswer>;
}

const API_VERSION = '2022-11-28';

// Octokit warns of deprecated routes, on the console.
const QUIET = { warn: () => undefined };

const Refused = z.object({
  response: z.object({ status: z.number(), headers: z.record(z.string(), z.unknown()), data: z.unknown() }),
});

/** GitHub's REST API; undefined without a token. */
export function openGitHub({ url, token }: GitHubSettings): GitHub | undefined {
  if (token === undefined) return undefined;
  const octokit = new Octokit({ auth: token, baseUrl: url, userAgent: 'mandate' });
  return {
    token,
    async ask(route, parameters, signal) {
      try {
        const { status, headers, data } = await octokit.request(route, {
          ...parameters,
          headers: { 'x-github-api-version': API_VERSION },
          request: { fetch: (to: string, sending: Sending) => sendOnce(to, sending), signal, log: QUIET },
        });
        return { status, header: reader(headers), data: data as unknown, said: '' };
      } catch (error) {
        const refused = Refused.safeParse(error);
        if (!refused.success) throw error;
        const { status, headers, data } = refused.data.response;
        const said = error instanceof Error ? error.message : '';
        return { status, header: reader(headers), data, said: withoutToken(said, token) };
      }
    },
  };
}

function reader(headers: Readonly<Record<string, unknown>>): (name: string) => string | undefined {
  return (name) => {
    const value = headers[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
}
