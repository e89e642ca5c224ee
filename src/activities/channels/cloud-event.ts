import { CloudEvent, HTTP } from 'cloudevents';
import type { Notification } from '../../contract/notification.ts';

/** A notification as a CloudEvents 1.0 event in its structured JSON form: the body of a delivery, and its type. */
export function toCloudEvent(notification: Notification, time: string): { contentType: string; body: string } {
  const { id, class: its, run, subject, agent, message, details, priority, to } = notification;
  const event = new CloudEvent({
    id,
    source: `/mandate/runs/${encodeURIComponent(run)}`,
    type: `mandate.${its}`,
    time,
    subject,
    datacontenttype: 'application/json',
    data: {
      class: its,
      run,
      agent,
      subject,
      message,
      details,
      ...(priority === undefined ? {} : { priority }),
      ...(to === undefined ? {} : { to }),
    },
  });
  const { headers, body } = HTTP.structured(event);
  return { contentType: String(headers['content-type']), body: body as string };
}
