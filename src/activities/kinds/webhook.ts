import { Webhook } from 'standardwebhooks';
import { request } from 'undici';
import { z } from 'zod';
import { canonicalize, isCanonical } from '../../contract/canonical.ts';
import { JsonValue } from '../../contract/json.ts';
import { classesOf } from '../../policy/classify/finding.ts';
import { classifyHttp } from '../../policy/classify/http.ts';
import { urlAsSent } from '../../policy/url-as-sent.ts';
import type { ExecutorSettings, KindDefinition } from './kind.ts';
import { judgeRefusal, sendEffect } from './provider-answer.ts';
import { guardedAgent, unreachableBecause } from './reachable.ts';
import type { Reach } from './reachable.ts';
import { lookUpDelivery } from './webhook-witness.ts';

// Receivers commonly stop reading at some size; the specification of Standard Webhooks advises to stay small.
const MAX_BODY_BYTES = 256 * 1024;

const Target = z.strictObject({
  url: z
    .string()
    .max(2_000)
    // A parser drops tabs and line breaks, so that what people are shown would not be where it goes.
    .regex(/^[^\s\p{Cc}\p{Cf}]*$/u, 'must not contain spaces, control or format characters')
    .pipe(z.url({ protocol: /^https?$/ }))
    .refine(hasNoUserInfo, 'must not carry a user name or password')
    .refine((url) => urlAsSent(url) === url, {
      error: ({ input }) => `must be written as it is sent, ${urlAsSent(String(input))}`,
    }),
});
const Payload = z.strictObject({
  body: JsonValue.refine(
    (body) => isCanonical(body) && Buffer.byteLength(canonicalize(body)) <= MAX_BODY_BYTES,
    `must be at most ${MAX_BODY_BYTES} bytes of canonical JSON`,
  ),
});

// What has taken a form leads to a page by these, so they do not say that nothing was done.
const ANSWERS_TO_FORMS = new Set([302, 303, 304]);

/** A signed POST (Standard Webhooks 1.0.0) to an address that the executor allows. Its delivery id is the draft's id. */
export const webhook: KindDefinition<z.infer<typeof Target>, z.infer<typeof Payload>> = {
  target: Target,
  payload: Payload,
  reversible: false,
  summarize: ({ url }) => `POST to ${url}`,
  provider: ({ url }) => new URL(url).origin,
  nonDelegable: ({ url }, { body }) => classesOf(classifyHttp({ method: 'POST', url, body })),
  obstacle: async ({ target: { url }, settings }) => obstacleTo(url, settings),
  async act({ draft, target: { url }, payload, settings, signal }) {
    const body = canonicalize(payload.body);
    const headers = { 'content-type': 'application/json', ...signed(draft.id, body, settings) };
    const dispatcher = guardedAgent(reachOf(settings));
    try {
      const what = `POST to ${url}`;
      // No redirect is followed: it could lead off the list.
      const sent = await sendEffect(what, () => request(url, { method: 'POST', headers, body, signal, dispatcher }));
      if ('failed' in sent) return sent;
      const { statusCode: status, headers: told, body: rest } = sent.answer;
      // The status says all; how the answer's body ends says nothing about the delivery.
      rest.on('error', () => undefined).destroy();
      if (status >= 200 && status < 300) return { happened: { url, deliveryId: draft.id, status } };
      if (ANSWERS_TO_FORMS.has(status))
        throw new Error(`${what}: answered ${status} (it may or may not have been done)`);
      const header = (name: string): string | undefined => [told[name] ?? []].flat()[0];
      return judgeRefusal(what, { status, header, data: undefined, said: '' });
    } finally {
      void dispatcher.destroy();
    }
  },
  async witness({ draft, target: { url }, settings, signal }) {
    // The list may have changed since the delivery.
    const obstacle = await obstacleTo(url, settings);
    if (obstacle !== undefined) return { unknown: obstacle };
    // An id of its own: a receiver that drops what it has had must not take the question for the delivery.
    const headers = signed(`lookup_${draft.id}`, '', settings);
    const dispatcher = guardedAgent(reachOf(settings));
    try {
      return await lookUpDelivery({ url, deliveryId: draft.id, headers, dispatcher, signal });
    } finally {
      void dispatcher.destroy();
    }
  },
};

async function obstacleTo(url: string, settings: ExecutorSettings): Promise<string | undefined> {
  const { webhookUrls, webhookSecret } = settings;
  if (!webhookUrls.some((allowed) => covers(allowed, url))) {
    return `${url} is not on the executor's list; add it to MANDATE_WEBHOOK_URLS (now: ${webhookUrls.join(', ') || 'none'}).`;
  }
  if (webhookSecret === undefined) return 'The executor has no MANDATE_WEBHOOK_SECRET to sign with.';
  return unreachableBecause(url, reachOf(settings));
}

/** The headers of Standard Webhooks for a body. */
function signed(id: string, body: string, { webhookSecret = '' }: ExecutorSettings): Record<string, string> {
  const now = new Date();
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': new Webhook(webhookSecret).sign(id, now, body),
  };
}

function reachOf({ webhookUrls, privateAddresses, lookup }: ExecutorSettings): Reach {
  return { hosts: webhookUrls.map((url) => new URL(url).hostname), privateAddresses, lookup };
}

/** Same origin, and the same path or one below it. */
function covers(allowed: string, url: string): boolean {
  const [list, given] = [new URL(allowed), new URL(url)];
  if (list.origin !== given.origin) return false;
  if (given.pathname === list.pathname) return true;
  const folder = list.pathname.endsWith('/') ? list.pathname : `${list.pathname}/`;
  return given.pathname.startsWith(folder) && staysBelow(given.pathname.slice(folder.length));
}

/** Whether no receiver can read the path as one that leads up again: many decode it, and some cut at `;`, before they look. */
function staysBelow(path: string): boolean {
  try {
    return path
      .split('/')
      .map(decodeURIComponent)
      .every((segment) => !/[/\\]|^\.\.?(;|$)/.test(segment));
  } catch {
    return false;
  }
}

function hasNoUserInfo(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === '' && password === '';
}
