import { stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'libsql';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClaims } from '../../src/store/claims.ts';
import { createDatabase } from '../../src/store/database.ts';
import { openStore, type Store, type StoreLocation } from '../../src/store/open.ts';
import { openPostgresql } from '../../src/store/postgresql.ts';
import { patiently, StoreUnavailable } from '../../src/store/unavailable.ts';
import { verifyLedger } from '../../src/store/verify-ledger.ts';
import { describeOnPostgresql, describeOnSqlite, type Fresh } from '../support/databases.ts';
import { until } from '../support/until.ts';
import { startChildren } from './children/start.ts';
import { aClaim, aFact, NO_LIMITS, NO_TERMS } from './facts.ts';
import { startProxy } from './lossy-proxy.ts';

// The patience of a store has no end here, so that a machine that is held up does not use it up: its clock stands still.
// It is let go where its end is what is tested.
beforeEach(() => void vi.spyOn(performance, 'now').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

describeOnSqlite('a SQLite file', (fresh) => {
  it('is waited for while another process writes', async () => {
    const { location, store } = await migrated(fresh);
    const [holder] = await startChildren('hold-lock.ts', [location]);

    const claim = store.claims.claim(aClaim(), NO_TERMS, [aFact()]);

    expect(await Promise.race([claim, sleep(500, 'waiting')])).toBe('waiting');
    expect(await holder?.go()).toBe('released');
    expect(await claim).toMatchObject({ claimed: true, alerts: [] });
    // Nothing of the waiting stays behind to keep others out.
    const other = await openStore(location);
    await other.ledger.append([aFact({ entryId: 'other' })]);
    await other.close();
    await store.ledger.append([aFact({ entryId: 'own' })]);
    expect(await verifyLedger(store.ledger.export())).toMatchObject({ ok: true, entries: 3 });
  });

  it('may be read, and the process does other things, while it waits', async () => {
    const { location, store } = await migrated(fresh);
    const holder = new Sqlite('file' in location ? location.file : '');
    holder.exec('begin immediate');
    const order: string[] = [];

    const append = store.ledger.append([aFact()]).then(() => order.push('appended'));
    order.push(`read ${(await store.ledger.entries()).length}`);
    await sleep(10);
    order.push('slept');
    holder.exec('commit');
    holder.close();
    await append;

    expect(order).toEqual(['read 0', 'slept', 'appended']);
  });

  it('is given up after some seconds, with what to do', async () => {
    vi.restoreAllMocks();
    const { location, store } = await migrated(fresh);
    const [holder] = await startChildren('hold-lock.ts', [location]);

    const append = store.ledger.append([aFact()]);

    await expect(append).rejects.toThrow(StoreUnavailable);
    await expect(append).rejects.toThrow(/locked by another process/);
    await expect(append).rejects.toHaveProperty('cause.code', 'SQLITE_BUSY');
    expect(await holder?.go()).toBe('released');
    await store.ledger.append([aFact()]);
  });

  it('is made in a folder that only its user can open', async () => {
    const { location } = await fresh();
    const file = join(dirname('file' in location ? location.file : ''), 'new', 'folder', 'store.db');

    const store = await openStore({ file });
    await store.ping();
    await store.close();

    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
  });

  it('is refused at once when it is something else, or cannot be there', async () => {
    const { location } = await fresh();
    const file = 'file' in location ? location.file : '';
    await writeFile(file, 'Dear diary, '.repeat(1_000));

    await expect(openStore({ file })).rejects.toThrow(StoreUnavailable);
    await expect(openStore({ file: join(file, 'store.db') })).rejects.toThrow(StoreUnavailable);
  });
});

describeOnPostgresql('PostgreSQL', (fresh) => {
  it('may end the connections that are idle', async () => {
    const { location, store } = await migrated(fresh);
    await Promise.all([1, 2, 3].map((at) => store.claims.claim(aClaim({ draftId: `draft-${at}` }), NO_TERMS, [])));

    await endConnections(location);

    await store.ledger.append([aFact()]);
    expect(await verifyLedger(store.ledger.export())).toMatchObject({ ok: true, entries: 1 });
  });

  it('may end a connection in the middle of a transaction', async () => {
    const { location, store } = await migrated(fresh);
    const admin = await connect(location);
    await admin.query('begin; lock table ledger in access exclusive mode');

    const claim = store.claims.claim(aClaim(), NO_TERMS, [aFact({ entryId: 'claimed' })]);
    const append = store.ledger.append([aFact({ entryId: 'appended' })]);
    await until('both to wait for the lock', async () => {
      await lookAgain(admin);
      const { rowCount } = await admin.query(`select 1 from pg_stat_activity where ${WAITING}`);
      return rowCount === 2;
    });
    const ended = await endConnections(location, admin);
    await admin.end();

    expect(ended).toBeGreaterThanOrEqual(2);
    expect(await claim).toMatchObject({ claimed: true, alerts: [] });
    await append;
    expect(await verifyLedger(store.ledger.export())).toMatchObject({ ok: true, entries: 2 });
  });

  it('may lose the answer to a commit: what this process claimed or settled then is still its own', async () => {
    const { location } = await migrated(fresh);
    const proxy = await startProxy(location);
    const store = await openStore(proxy.location);
    const settlement = { outcome: 'completed', by: 'worker-1', time: '2026-01-31T12:00:01.000Z' } as const;

    proxy.loseNextCommit();
    const claimed = await store.claims.claim(aClaim(), NO_TERMS, [aFact({ entryId: 'claimed' })]);
    proxy.loseNextCommit();
    const settled = await store.claims.settle({ draftId: 'draft-1', ...settlement }, NO_LIMITS, [
      aFact({ entryId: 'settled' }),
    ]);
    proxy.loseNextCommit();
    await store.ledger.append([aFact({ entryId: 'appended' })]);

    expect(proxy.lost()).toBe(3);
    expect(claimed).toMatchObject({ claimed: true, alerts: [] });
    expect(settled).toEqual({ settled: true, alerts: [] });
    expect(await verifyLedger(store.ledger.export())).toMatchObject({ ok: true, entries: 3 });
    await store.close();
    await proxy.close();
  });

  it('may fall silent: its connections are ended, and the work is done on others', async () => {
    const { location } = await migrated(fresh);
    const proxy = await startProxy(location);
    const url = 'url' in proxy.location ? proxy.location.url : '';
    const database = createDatabase(await openPostgresql(url, { answerWithinMs: 1_000 }));
    const claims = createClaims(database);
    await Promise.all([claims.get('draft-1'), claims.get('draft-2'), claims.get('draft-3')]);

    proxy.fallSilent();
    const claimed = claims.claim(aClaim(), NO_TERMS, [aFact()]);
    const read = claims.get('draft-2');

    expect(await claimed).toMatchObject({ claimed: true, alerts: [] });
    expect(await read).toBeUndefined();
    await until('the connections that fell silent being ended', () => proxy.silent() === 0);
    await database.close();
    await proxy.close();
  });

  it('may cancel a statement that takes too long', async () => {
    const { location, store } = await migrated(fresh);
    const admin = await connect(location);
    await admin.query('begin; lock table ledger in access exclusive mode');

    const append = store.ledger.append([aFact()]);
    await until('a statement that waits being cancelled', async () => {
      await lookAgain(admin);
      const { rowCount } = await admin.query(`select pg_cancel_backend(pid) from pg_stat_activity where ${WAITING}`);
      return (rowCount ?? 0) > 0;
    });
    await admin.query('commit');
    await admin.end();

    expect(await append).toHaveLength(1);
  });

  it('may turn read-only in a failover: the connections that lead to the old primary are not used again', async () => {
    const { location, execute } = await migrated(fresh);
    const { pathname } = new URL('url' in location ? location.url : '');
    const name = pathname.slice(1);
    await execute(`alter database ${name} set default_transaction_read_only = on`);
    const store = await openStore(location);
    await execute(`begin read write; alter database ${name} reset default_transaction_read_only; commit`);

    expect(await store.ledger.append([aFact()])).toHaveLength(1);
    await store.close();
  });

  it('that lacks the database is refused at once', async () => {
    const { location } = await fresh();
    const url = new URL('url' in location ? location.url : '');
    url.pathname = '/mandate_no_such_database';

    const opened = openStore({ url: url.href });

    await expect(opened).rejects.toThrow(StoreUnavailable);
    await expect(opened).rejects.toThrow(/has no such database/);
  });
});

describe('patience', () => {
  it('is had with a name service that forgets the host for a moment', async () => {
    const forgotten = Object.assign(new Error('getaddrinfo ENOTFOUND db.example'), { code: 'ENOTFOUND' });
    let tries = 0;

    const done = await patiently('PostgreSQL', async () => {
      tries += 1;
      if (tries < 3) throw forgotten;
      return tries;
    });

    expect(done).toBe(3);
  });
});

describe('a database URL', () => {
  it('that leads nowhere is tried for some seconds, and its password is told to nobody', async () => {
    vi.restoreAllMocks();
    const url = 'postgresql://ada:s3cret@127.0.0.1:1/mandate';

    const error = await openStore({ url }).catch((error: unknown) => error);

    expect(error).toBeInstanceOf(StoreUnavailable);
    expect(everythingIn(error)).toContain('127.0.0.1:1/mandate does not answer');
    expect(everythingIn(error)).not.toContain('s3cret');
  });

  it.each(['mysql://ada:s3cret@localhost/mandate', 'ada:s3cret', 'postgres//ada:s3cret@localhost'])(
    'that is not one of PostgreSQL is refused without showing it: %s',
    async (url) => {
      const error = await openStore({ url }).catch((error: unknown) => error);

      expect(error).toBeInstanceOf(StoreUnavailable);
      expect(everythingIn(error)).toContain('postgresql://user:password@host:5432/database');
      expect(everythingIn(error)).not.toContain('s3cret');
    },
  );
});

async function migrated(
  fresh: Fresh,
): Promise<{ location: StoreLocation; store: Store; execute: (statement: string) => Promise<void> }> {
  const database = await fresh();
  const store = await database.open();
  await store.migrate();
  return { location: database.location, store, execute: (statement) => database.execute(statement) };
}

async function connect(location: StoreLocation): Promise<Client> {
  const client = new Client({ connectionString: 'url' in location ? location.url : '' });
  await client.connect();
  return client;
}

const WAITING = "datname = current_database() and wait_event_type = 'Lock'";

/** Within a transaction, PostgreSQL goes on showing the connections of the first look at them, unless it is told this. */
async function lookAgain(client: Client): Promise<void> {
  await client.query('select pg_stat_clear_snapshot()');
}

/** Ends every other connection to a database, and returns how many there were. */
async function endConnections(location: StoreLocation, given?: Client): Promise<number> {
  const client = given ?? (await connect(location));
  const { rowCount } = await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  if (given === undefined) await client.end();
  return rowCount ?? 0;
}

function everythingIn(error: unknown): string {
  return error instanceof Error
    ? `${error.stack} ${JSON.stringify(error)} ${everythingIn(error.cause)}`
    : String(error);
}
