import { Context } from '@temporalio/activity';
import type { Delivery, NotificationRoute, RouteQuery } from '../contract/notification.ts';
import { failure } from '../failures.ts';
import type { Store } from '../store/open.ts';
import { attempt } from './attempt.ts';
import { Undeliverable } from './channels/channel.ts';
import type { Channels } from './channels/channels.ts';
import { findRoute } from './find-route.ts';
import { withoutSecrets } from './provider-text.ts';

/** How operators are reached. */
export interface NotifyActivities {
  routeOf(query: RouteQuery): Promise<NotificationRoute>;
  notify(delivery: Delivery): Promise<void>;
}

export interface NotifyDeps {
  readonly store: Pick<Store, 'routes' | 'calls'>;
  readonly channels: Channels;
}

export function createNotifyActivities({ store, channels }: NotifyDeps): NotifyActivities {
  return {
    routeOf: (query) => findRoute(query, { store, channels }),

    /**
     * One attempt to deliver. The attempts are Temporal's own retries rather than a loop in here: the server counts them
     * and holds the wait in between, so that a worker that dies loses neither, and none of its attempts is made twice. The
     * log has each, also one whose worker died, since its entry is written before the channel is called.
     */
    async notify(delivery) {
      const { notification, channel, to } = delivery;
      const { info, cancellationSignal } = Context.current();
      const way = channels.byName.get(channel);
      const deliver = async (signal: AbortSignal): Promise<void> => {
        if (way === undefined) throw new Error(`Channel ${channel} is not configured on this worker.`);
        await way.deliver(delivery, signal);
      };
      const options = {
        name: to === undefined ? `notify ${channel}` : `notify ${channel} to ${to}`,
        subject: notification.id,
        call: deliver,
        log: store.calls,
        signal: cancellationSignal,
      };
      try {
        await attempt(options, info.attempt);
      } catch (error) {
        // Without its cause, whose text may hold what is not to be recorded.
        const type = error instanceof Undeliverable ? 'Undeliverable' : 'NotDelivered';
        throw failure(type, withoutSecrets(error instanceof Error ? error.message : String(error)));
      }
    },
  };
}
