/** Puts a person into a database, past the store. */
export async function addPerson(
  database: { execute(statement: string): Promise<void> },
  id: string,
  email: string | null,
): Promise<void> {
  const address = email === null ? 'null' : `'${email}'`;
  await database.execute(
    `insert into principals (id, kind, email, created_at) values ('${id}', 'person', ${address}, '2026-01-01T00:00:00.000Z')`,
  );
}
