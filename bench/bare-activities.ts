import type { BareActivities } from './bare-messages.ts';

/** The same delivery as Mandate's webhook makes, without its checks, claim and signature. */
export const bareActivities: BareActivities = {
  async post({ id, url, body }) {
    const headers = { 'content-type': 'application/json', 'webhook-id': id };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  },
};
