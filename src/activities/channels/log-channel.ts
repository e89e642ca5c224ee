import { log } from '@temporalio/activity';
import type { Channel } from './channel.ts';

/** One structured line in the worker's log, on standard error. */
export const logChannel: Channel = {
  async deliver({ notification: { message, ...rest }, time }) {
    // As one member, so that nothing in it can pass for the log's own fields.
    log.warn(message, { notification: { ...rest, time } });
  },
};
