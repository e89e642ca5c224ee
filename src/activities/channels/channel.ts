import type { Delivery } from '../../contract/notification.ts';

/** One way to reach people. */
export interface Channel {
  /** It writes to each person alone; a delivery then says to whom. */
  readonly personal?: boolean;
  /** Delivers once, and throws when it was not taken. Delivered again, the receiver can tell that it is the same. */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<void>;
}
