import type { Delivery } from '../../contract/notification.ts';

/** One way to reach people. */
export interface Channel {
  /** It writes to each person alone; a delivery then says to whom. */
  readonly personal?: boolean;
  /**
   * Delivers once, and throws when it was not taken: {@link Undeliverable} when trying again would not help. Delivered
   * again, the receiver can tell that it is the same.
   */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<void>;
}

/** Thrown for what no further attempt could deliver. */
export class Undeliverable extends Error {
  override readonly name = 'Undeliverable';
}
