import type { Kysely } from 'kysely';
import type { LedgerFact } from '../contract/ledger.ts';
import type { RouteName } from '../contract/notification.ts';
import type { Database } from './database.ts';
import { appendFacts } from './ledger.ts';
import type { NotificationRouteRow, Tables } from './tables.ts';

/** One version of where the notifications of a class go, or those of a class and a priority. */
export interface Route {
  readonly route: RouteName;
  /** From 1, without gaps. */
  readonly version: number;
  readonly channels: readonly string[];
  readonly changedAt: string;
  /** The draft that made this version. */
  readonly changedBy: string;
}

interface RouteChange {
  readonly route: RouteName;
  readonly channels: readonly string[];
  /** Id of the draft: it changes a route once, however often it is asked to. */
  readonly by: string;
  readonly time: string;
}

interface Changed {
  readonly route: Route;
  /** What held before; undefined where nobody had changed the default. */
  readonly previous: Route | undefined;
}

export interface Routes {
  /** The version in force; undefined while nobody has changed the default. */
  current(route: RouteName): Promise<Route | undefined>;
  /** Every route's version in force. */
  all(): Promise<Route[]>;
  /** Adds a version; its facts are appended with it, and neither when this draft has made a version already. */
  change(change: RouteChange, facts: (changed: Changed) => readonly LedgerFact[]): Promise<Changed>;
  /** Every version, oldest first. */
  history(route: RouteName): Promise<Route[]>;
}

export function createRoutes(database: Database): Routes {
  return {
    async current(route) {
      const row = await database.read((db) => versions(db, route).orderBy('version', 'desc').executeTakeFirst());
      return row && routeOf(row);
    },

    async all() {
      const rows = await database.read((db) =>
        db.selectFrom('notification_routes').selectAll().orderBy('route').orderBy('version').execute(),
      );
      return [...new Map(rows.map((row) => [row.route, routeOf(row)])).values()];
    },

    change: ({ route, channels, by, time }, facts) =>
      database.write(async (tx) => {
        // Two changes at once would otherwise both take the same next version.
        await database.lockLedger(tx);
        const before = (await versions(tx, route).orderBy('version').execute()).map(routeOf);
        const made = before.findIndex(({ changedBy }) => changedBy === by);
        const existing = before[made];
        if (existing !== undefined) return { route: existing, previous: before[made - 1] };

        const previous = before.at(-1);
        const changed = {
          route: { route, version: (previous?.version ?? 0) + 1, channels, changedAt: time, changedBy: by },
          previous,
        };
        await tx.insertInto('notification_routes').values(rowOf(changed.route)).execute();
        await appendFacts(database, tx, facts(changed));
        return changed;
      }),

    async history(route) {
      const rows = await database.read((db) => versions(db, route).orderBy('version').execute());
      return rows.map(routeOf);
    },
  };
}

function versions(db: Kysely<Tables>, route: RouteName) {
  return db.selectFrom('notification_routes').selectAll().where('route', '=', route);
}

function rowOf({ route, version, channels, changedAt, changedBy }: Route): NotificationRouteRow {
  return { route, version, channels: JSON.stringify(channels), changed_at: changedAt, changed_by: changedBy };
}

function routeOf(row: NotificationRouteRow): Route {
  const { version, channels, changed_at: changedAt, changed_by: changedBy } = row;
  return {
    route: row.route as RouteName,
    version,
    channels: JSON.parse(channels) as string[],
    changedAt,
    changedBy,
  };
}
