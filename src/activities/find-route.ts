import { isAboutApproval, LOG_CHANNEL } from '../contract/notification.ts';
import type { NotificationRoute, RouteQuery } from '../contract/notification.ts';
import type { Route } from '../store/routes.ts';
import type { Store } from '../store/open.ts';
import type { Channels } from './channels/channels.ts';

interface RouteDeps {
  readonly store: Pick<Store, 'routes'>;
  readonly channels: Channels;
}

/**
 * Where a notification goes: where it says itself, else by the route of its class and priority, else by that of its
 * class, else by the configuration. What is routed nowhere any more goes to the log, so that it is not lost.
 */
export async function findRoute(query: RouteQuery, { store, channels }: RouteDeps): Promise<NotificationRoute> {
  const { class: its, priority } = query;
  const changed = query.channels === undefined ? await changedRoute(query, store) : undefined;
  const byDefault = isAboutApproval(its) ? channels.approvals.notify : channels.defaults;
  const routed = query.channels ?? changed?.channels ?? byDefault;
  const missing = routed.filter((name) => !channels.byName.has(name));
  const there = routed.filter((name) => channels.byName.has(name));
  const reached = [...new Set(missing.length > 0 ? [...there, LOG_CHANNEL] : there)];
  const personal = reached.filter((name) => channels.byName.get(name)?.personal === true);
  const ways = Object.fromEntries(reached.flatMap((name) => entryOf(name, channels.ways)));
  const required =
    its === 'approval_required' && priority !== undefined ? channels.approvals.requireChannels[priority] : 0;
  return { version: changed?.version ?? 0, channels: reached, missing, personal, ways, required: required ?? 0 };
}

async function changedRoute(
  { class: its, priority }: RouteQuery,
  { routes }: RouteDeps['store'],
): Promise<Route | undefined> {
  if (!isAboutApproval(its)) return routes.current(its);
  const ofPriority = priority === undefined ? undefined : await routes.current(`${its}/${priority}` as Route['route']);
  return ofPriority ?? routes.current(its);
}

function entryOf(name: string, ways: Channels['ways']): [string, string][] {
  const way = ways[name];
  return way === undefined ? [] : [[name, way]];
}
