import { z } from 'zod';
import type { JsonObject } from '../../contract/json.ts';
import { ChannelName, isAboutApproval, LOG_CHANNEL, RouteName } from '../../contract/notification.ts';
import type { NotificationClass } from '../../contract/notification.ts';
import type { Priority } from '../../contract/priority.ts';
import { classesOf } from '../../policy/classify/finding.ts';
import { classifyRouting } from '../../policy/classify/routing.ts';
import type { Store } from '../../store/open.ts';
import type { Route } from '../../store/routes.ts';
import { draftFact } from '../draft-fact.ts';
import type { ExecutorSettings, KindDefinition } from './kind.ts';

const Target = z.strictObject({ route: RouteName });
const Payload = z.strictObject({
  channels: z
    .array(ChannelName)
    .min(1)
    .max(10)
    .refine((names) => new Set(names).size === names.length, 'must name each channel once'),
});

/** Changes where the notifications of a class go. Every version is kept; the receipt has what to go back to. */
export const notifyRouting: KindDefinition<z.infer<typeof Target>, z.infer<typeof Payload>> = {
  target: Target,
  payload: Payload,
  reversible: true,
  summarize: ({ route }, { channels }) => `Tell operators of ${route} over ${channels.join(', ')}`,
  nonDelegable: ({ route }, { channels }) => classesOf(classifyRouting(route, channels)),
  async obstacle({ payload: { channels }, settings: { notifyChannels: known = [LOG_CHANNEL] } }) {
    const unknown = channels.filter((name) => !known.includes(name));
    if (unknown.length === 0) return undefined;
    return `There is no channel ${unknown.join(', ')}; the executor knows ${known.join(', ')} (MANDATE_NOTIFY_WEBHOOKS).`;
  },
  async act({ draft, target: { route }, payload: { channels }, store, settings }) {
    const time = new Date().toISOString();
    const before = await unchanged(route, time, store, settings);
    const changed = await store.routes.change({ route, channels, by: draft.id, time }, (made) => [
      draftFact(draft, 'route.changed', '', receiptOf(made, before)),
    ]);
    return { happened: receiptOf(changed, await unchanged(route, changed.route.changedAt, store, settings)) };
  },
  async witness({ draft, target: { route }, store, settings }) {
    const versions = await store.routes.history(route);
    const index = versions.findIndex(({ changedBy }) => changedBy === draft.id);
    const made = versions[index];
    if (made === undefined) return { unknown: `The routing table has no version of ${route} by this draft.` };
    const before = await unchanged(route, made.changedAt, store, settings);
    return { happened: receiptOf({ route: made, previous: versions[index - 1] }, before) };
  },
};

/** Where that went at a time when nobody had changed its own route. */
async function unchanged(
  route: RouteName,
  at: string,
  { routes }: Pick<Store, 'routes'>,
  { notifyDefaults = [LOG_CHANNEL], notifyApprovals = [] }: ExecutorSettings,
): Promise<readonly string[]> {
  const [its, priority] = route.split('/') as [NotificationClass, Priority?];
  const ofClass = priority === undefined ? [] : await routes.history(its);
  const then = ofClass.findLast(({ changedAt }) => changedAt <= at);
  return then?.channels ?? (isAboutApproval(its) ? notifyApprovals : notifyDefaults);
}

/** What holds now and what held before: a draft with the previous channels undoes this one. */
function receiptOf(
  { route, previous }: { readonly route: Route; readonly previous: Route | undefined },
  before: readonly string[],
): JsonObject {
  return {
    route: route.route,
    version: route.version,
    channels: [...route.channels],
    previous: { version: previous?.version ?? 0, channels: [...(previous?.channels ?? before)] },
  };
}
