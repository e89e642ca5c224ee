import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { codeOf } from './unavailable.ts';

/**
 * A pool whose queries are given up after a while, together with their connection: one that died in silence says
 * nothing for as long as a quarter of an hour. `query_timeout` of the pg package would put it back into the pool.
 */
export function boundedPool(pool: Pool, answerWithinMs: number): PostgresPool {
  return {
    async connect() {
      return bounded(await pool.connect(), answerWithinMs);
    },
    end: () => pool.end(),
  };
}

function bounded(client: PoolClient, answerWithinMs: number): PostgresPoolClient {
  let lost: Error | undefined;
  const query = async (text: string, parameters: readonly unknown[]): Promise<unknown> => {
    if (lost !== undefined) throw lost;
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        lost = new Error(`Connection terminated: no answer to a query within ${answerWithinMs} ms`);
        reject(lost);
      }, answerWithinMs);
    });
    try {
      return await Promise.race([client.query(text, [...parameters]), silence]);
    } catch (error) {
      // The server that this connection leads to is no longer the primary; a new one may lead to the one that is.
      if (codeOf(error) === READ_ONLY && error instanceof Error) lost = error;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    // Only with a text and its parameters: cursors are not used here.
    query: query as PostgresPoolClient['query'],
    // Given an error, the pool ends the connection, and at once where a query is still unanswered.
    release: () => client.release(lost),
  };
}

const READ_ONLY = '25006';
