import { LOG_CHANNEL } from '../../contract/notification.ts';
import { finding } from './finding.ts';
import type { Finding } from './finding.ts';

/**
 * A class of notifications that is routed to the log alone reaches nobody any more. Which channels it had does not
 * count: whoever had none keeps none without being asked.
 */
export function classifyRouting(route: string, channels: readonly string[]): readonly Finding[] {
  if (channels.some((name) => name !== LOG_CHANNEL)) return [];
  return [finding('constitutional_rewrite', `${route} would be told to nobody, only to the log`)];
}
