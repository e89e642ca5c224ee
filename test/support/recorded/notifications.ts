import type { NotificationClass } from '../../../src/contract/notification.ts';
import { aNotification, startNotification } from '../notifications.ts';
import type { Path } from './path.ts';

/** A class each, since a route stays changed. */
function path(its: NotificationClass, channels: readonly string[]): Path {
  return async ({ mandate }) => {
    const time = new Date().toISOString();
    await mandate.store.routes.change({ route: its, channels, by: `to-${channels.join('-')}`, time }, () => []);
    const raised = aNotification({ class: its });
    const handle = await startNotification(mandate.client, raised);
    await handle.result();
    return [handle];
  };
}

export const NOTIFICATIONS: Record<string, Path> = {
  'notification-sent': path('effect_refused', ['log', 'ops']),
  'notification-failed': path('effect_unknown', ['log', 'down', 'gone']),
};
