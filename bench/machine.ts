import os from 'node:os';
import type { Connection } from '@temporalio/client';

/** What the figures were measured on, without which none of them means anything. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  /** Average over the last minute: what else was going on. */
  readonly load: number;
  readonly node: string;
  readonly temporalServer: string;
  readonly database: string;
}

export async function describeMachine(connection: Connection): Promise<Machine> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown processor',
    cores: os.availableParallelism(),
    memoryGib: Math.round(os.totalmem() / 2 ** 30),
    load: Number((os.loadavg()[0] ?? 0).toFixed(1)),
    node: process.version,
    temporalServer: serverVersion ?? 'unknown',
    database: 'SQLite files',
  };
}
