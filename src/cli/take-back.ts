import { Mandate } from '../contract/mandate.ts';
import { takeBackGrant } from '../grants.ts';
import type { TakenBack } from '../grants.ts';
import { CommandError } from './errors.ts';
import { withSession } from './session.ts';

/** Ends the asking for a mandate that nobody has granted yet; undefined where nothing was asked. */
export async function takeBack(mandateId: string): Promise<TakenBack | undefined> {
  if (!Mandate.shape.id.safeParse(mandateId).success) return undefined;
  try {
    return await withSession((_mandate, { client }) => takeBackGrant(client, mandateId));
  } catch (error) {
    if (error instanceof CommandError && error.type === 'NothingHere') return undefined;
    throw error;
  }
}
