import { readConfig } from '../config.ts';
import { Mandate } from '../contract/mandate.ts';
import { takeBackGrant } from '../grants.ts';
import type { TakenBack } from '../grants.ts';
import { findSession } from './session.ts';

/** Ends the asking for a mandate that nobody has granted yet, where a server is up; undefined where nothing was asked. */
export async function takeBack(mandateId: string): Promise<TakenBack | undefined> {
  if (!Mandate.shape.id.safeParse(mandateId).success) return undefined;
  const session = await findSession(readConfig(process.env));
  try {
    return session && (await takeBackGrant(session.environment.client, mandateId));
  } finally {
    await session?.close();
  }
}
