import { defaultPayloadConverter } from '@temporalio/common';
import type { PayloadConverter } from '@temporalio/common';

/**
 * What a payload that cannot be decoded becomes. It fits no schema, so the handler that reads it refuses it like any
 * other malformed message; without this the workflow task would fail again and again, and one bad signal would stop a run.
 */
export class Undecodable {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

export const payloadConverter: PayloadConverter = {
  toPayload: (value, context, hint) => defaultPayloadConverter.toPayload(value, context, hint),
  fromPayload: ((payload, context, hint) => {
    try {
      return defaultPayloadConverter.fromPayload(payload, context, hint);
    } catch (error) {
      return new Undecodable(error instanceof Error ? error.message : String(error));
    }
  }) as PayloadConverter['fromPayload'],
};
