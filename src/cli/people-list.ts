import { answer, table } from './output.ts';
import { withStore } from './with-store.ts';

export async function listPeople({ group, json = false }: { group?: string; json?: boolean }): Promise<void> {
  const { people, groups } = await withStore(async ({ principals }) => ({
    people: await principals.list({ group }),
    groups: await principals.groups(),
  }));
  const none =
    group === undefined
      ? 'Nobody is known here; add somebody with: mandate people add ID'
      : `Nobody is in the group "${group}"; groups: ${groups.join(', ') || 'none'}`;
  answer(json, people, () =>
    table(
      ['id', 'kind', 'groups', 'e-mail', 'state'],
      people.map(({ id, kind, groups, email, disabledAt }) => [
        id,
        kind,
        groups.join(', '),
        email ?? '',
        disabledAt === null ? 'active' : `disabled since ${disabledAt}`,
      ]),
      none,
    ),
  );
}
