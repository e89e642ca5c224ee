import { z } from 'zod';
import type { KindDefinition } from '../../src/activities/kinds/kind.ts';
import { judgeRefusal, sendEffect } from '../../src/activities/kinds/provider-answer.ts';
import { sendOnce } from '../../src/activities/kinds/send-once.ts';
import { Name } from '../../src/contract/names.ts';
import { Text } from '../../src/contract/text.ts';

const Target = z.strictObject({ queue: Name });
const Payload = z.strictObject({ title: Text.max(200), text: Text.max(10_000) });
const Ticket = z.object({ url: z.url(), key: z.string() });

/** Opens a ticket at a desk that keeps the key which a ticket was opened with. */
export function openTicket(desk: {
  readonly url: string;
  readonly token: string;
  readonly queues: readonly string[];
}): KindDefinition<z.infer<typeof Target>, z.infer<typeof Payload>> {
  const headers = { authorization: `Bearer ${desk.token}`, 'content-type': 'application/json' };
  const urlOf = (queue: string): string => `${desk.url}/queues/${queue}/tickets`;
  return {
    target: Target,
    payload: Payload,
    reversible: true,
    summarize: ({ queue }, { title }) => `Open a ticket in ${queue}: ${title}`,
    nonDelegable: () => [],
    async obstacle({ target: { queue } }) {
      if (desk.queues.includes(queue)) return undefined;
      return `${queue} is not on the executor's list; allowed: ${desk.queues.join(', ') || 'none'}.`;
    },
    async act({ draft, target, payload, signal }) {
      const what = `Opening a ticket in ${target.queue}`;
      const body = JSON.stringify({ ...payload, key: draft.id });
      const sent = await sendEffect(what, () =>
        sendOnce(urlOf(target.queue), { method: 'POST', headers, body, signal }),
      );
      if ('failed' in sent) return sent;
      const { status, headers: told } = sent.answer;
      if (status === 201) return { happened: Ticket.parse(await sent.answer.json()) };
      return judgeRefusal(what, { status, header: (name) => told.get(name) ?? undefined, data: undefined, said: '' });
    },
    async witness({ draft, target, signal }) {
      const answer = await sendOnce(`${urlOf(target.queue)}?key=${draft.id}`, { method: 'GET', headers, signal });
      const [found] = z.array(Ticket).parse(await answer.json());
      if (found?.key === draft.id) return { happened: found };
      return { unknown: `${target.queue} has no ticket that was opened with this draft's key.` };
    },
  };
}
