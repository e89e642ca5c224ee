import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { canonicalize } from '../../contract/canonical.ts';
import { JsonValue } from '../../contract/json.ts';
import type { Acted, KindDefinition } from './kind.ts';
import { certainlyNotSent } from './sent.ts';

const Target = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .refine(hasNoUserInfo, 'must not carry a user name or password'),
});
const Payload = z.strictObject({ body: JsonValue });

// Answers by which a receiver says that it did nothing. Others (408, 409, 5xx) leave it open.
const CERTAINLY_REFUSED = new Set([
  400, 401, 403, 404, 405, 406, 410, 411, 413, 414, 415, 421, 422, 426, 428, 429, 431, 451,
]);

/** A signed POST (Standard Webhooks 1.0.0) to an address that the executor allows. Its delivery id is the draft's id. */
export const webhook: KindDefinition<z.infer<typeof Target>, z.infer<typeof Payload>> = {
  target: Target,
  payload: Payload,
  reversible: false,
  summarize: ({ url }) => `POST to ${url}`,
  nonDelegable: () => [],
  async obstacle({ target: { url }, settings: { webhookUrls, webhookSecret } }) {
    if (!webhookUrls.some((allowed) => covers(allowed, url))) {
      return `${url} is not on the executor's list; add it to MANDATE_WEBHOOK_URLS (now: ${webhookUrls.join(', ') || 'none'}).`;
    }
    if (webhookSecret === undefined) return 'The executor has no MANDATE_WEBHOOK_SECRET to sign with.';
    return undefined;
  },
  async act({ draft, target, payload, settings, signal }) {
    const body = canonicalize(payload.body);
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const headers = {
      'content-type': 'application/json',
      'webhook-id': draft.id,
      'webhook-timestamp': timestamp,
      'webhook-signature': sign(settings.webhookSecret ?? '', `${draft.id}.${timestamp}.${body}`),
    };
    let response: Response;
    try {
      // A redirect could lead off the list.
      response = await fetch(target.url, { method: 'POST', headers, body, signal, redirect: 'manual' });
    } catch (error) {
      const code = certainlyNotSent(error);
      if (code !== undefined) return { failed: `Nothing was sent to ${target.url}: ${code}.` };
      throw error;
    }
    // The answer's status says all; how its body ends says nothing about the delivery.
    await response.body?.cancel().catch(() => undefined);
    return judge(response.status, target.url, draft.id);
  },
};

function judge(status: number, url: string, deliveryId: string): Acted {
  if (status >= 200 && status < 300) return { happened: { url, deliveryId, status } };
  if (status >= 300 && status < 400)
    return { failed: `${url} answered with a redirect (${status}), which is not followed.` };
  if (CERTAINLY_REFUSED.has(status)) return { failed: `${url} refused the delivery with ${status}.` };
  throw new Error(`${url} answered ${status}: it may or may not have taken the delivery.`);
}

/** Same origin, and the same path or one below it. */
function covers(allowed: string, url: string): boolean {
  const [list, given] = [new URL(allowed), new URL(url)];
  const folder = list.pathname.endsWith('/') ? list.pathname : `${list.pathname}/`;
  return list.origin === given.origin && (given.pathname === list.pathname || given.pathname.startsWith(folder));
}

function sign(secret: string, content: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

function hasNoUserInfo(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}
