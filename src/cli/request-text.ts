import type { InboxItem } from '../client.ts';
import { requestText as textOf } from '../policy/request-text.ts';
import type { Place } from '../policy/request-text.ts';
import { deadlineText } from './times.ts';

/** A request for a decision, whole, with times as the people of this machine write them. */
export function requestText(item: InboxItem, place: Place = {}): string {
  return textOf(item, deadlineText, place);
}
