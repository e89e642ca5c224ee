import type { Delivery } from '../../contract/notification.ts';

/** One way to reach operators. */
export interface Channel {
  /** Delivers once, and throws when it was not taken. Delivered again, the receiver can tell that it is the same. */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<void>;
}
