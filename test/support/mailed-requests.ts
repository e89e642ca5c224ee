import { mailChannel } from '../../src/activities/channels/mail-channel.ts';
import type { ApprovalRequestInput, InboxItem } from '../../src/contract/approval-request.ts';
import type { JsonObject } from '../../src/contract/json.ts';
import { outgoingMail } from '../../src/mail-settings.ts';
import { inboxItemQuery } from '../../src/workflows/messages.ts';
import { ask } from './ask.ts';
import type { MailWorld } from './mail-world.ts';
import type { Mandate } from './mandate.ts';
import { aNotification } from './notifications.ts';
import type { TakenMessage } from './smtp-inbox.ts';

/** A request that ana has been written about. */
export interface MailedRequest {
  readonly requestId: string;
  readonly item: InboxItem;
  readonly letter: TakenMessage;
  status(): Promise<string>;
}

let count = 0;

/** Starts a request, and has the channel write to ana about it. */
export async function askByMail(
  mandate: Mandate,
  world: MailWorld,
  overrides: Partial<ApprovalRequestInput> = {},
): Promise<MailedRequest> {
  const handle = await ask(mandate.client, { channels: ['log'], ...overrides });
  const item = await handle.query(inboxItemQuery);
  const letter = await writeTo(mandate, world, item);
  return {
    requestId: item.requestId,
    item,
    letter,
    status: async () => (await handle.query(inboxItemQuery)).status,
  };
}

/** Has the channel write to somebody about a request as it is. */
export async function writeTo(mandate: Mandate, world: MailWorld, item: InboxItem, to = 'ana'): Promise<TakenMessage> {
  const outgoing = outgoingMail(mandate.config.mail);
  if (outgoing === undefined) throw new Error('This Mandate writes no mail.');
  const notification = aNotification({
    id: `approval_required/${item.requestId}/${(count += 1)}`,
    class: 'approval_required',
    run: `approval/${item.requestId}`,
    details: { ...item } as unknown as JsonObject,
  });
  const before = world.people.messages.length;
  const time = new Date().toISOString();
  await mailChannel(outgoing, mandate.store).deliver(
    { notification, channel: 'mail', to, time },
    AbortSignal.timeout(30_000),
  );
  // An answer to what somebody wrote before may come in between.
  const letter = world.people.messages
    .slice(before)
    .find(({ parsed }) => parsed.headers.get('auto-submitted') !== 'auto-replied');
  if (letter === undefined) throw new Error('No message was sent.');
  return letter;
}
