import type { Principals } from '../../store/principals.ts';

/** The address of a person who is not disabled; undefined when there is none. */
export async function addressOf(principals: Pick<Principals, 'get'>, person: string): Promise<string | undefined> {
  const found = await principals.get(person);
  return found?.kind === 'person' && found.disabledAt === null ? (found.email ?? undefined) : undefined;
}
