import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { inject } from 'vitest';
import type { Role } from '../../src/worker.ts';
import type { Mandate } from './mandate.ts';
import { until } from './until.ts';

const PROGRAM = fileURLToPath(new URL('../workflows/children/worker.ts', import.meta.url));

export interface ChildOptions {
  readonly address: string;
  readonly namespace: string;
  readonly bundle: string;
  readonly roles: readonly Role[];
  readonly holdAt?: 'before the claim' | 'after the claim' | 'before the settlement' | undefined;
}

export interface ChildWorker {
  /** Waits until it stands where it was told to stop. */
  held(): Promise<unknown>;
  /** kill -9: it has no chance to say or settle anything. */
  kill(): Promise<void>;
}

/** Starts workers of a Mandate in another process, on the same store, data folder and credentials. */
export async function startChildWorker(
  { address, namespace, folder, config }: Mandate,
  { roles, holdAt }: Pick<ChildOptions, 'roles' | 'holdAt'>,
): Promise<ChildWorker> {
  const options: ChildOptions = { address, namespace, bundle: inject('workflowBundle'), roles, holdAt };
  const child = execa(process.execPath, ['--import', 'tsx', PROGRAM, JSON.stringify(options)], {
    reject: false,
    extendEnv: false,
    env: {
      PATH: process.env['PATH'] ?? '',
      MANDATE_DATA: folder,
      MANDATE_TRUST_NAMESPACE: config.trustNamespace ? 'yes' : 'no',
      MANDATE_WEBHOOK_URLS: config.webhookUrls.join(','),
      ...(config.webhookSecret === undefined ? {} : { MANDATE_WEBHOOK_SECRET: config.webhookSecret }),
      MANDATE_NOTIFY_WEBHOOKS: config.notifications.webhooks.map(({ name, url }) => `${name} ${url}`).join(','),
      ...(config.notifications.secret === undefined ? {} : { MANDATE_NOTIFY_SECRET: config.notifications.secret }),
    },
  });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += String(chunk);
  });
  let ended = false;
  void child.finally(() => {
    ended = true;
  });
  const says = (line: string): Promise<unknown> =>
    until(
      `the child to be ${line}`,
      async () => {
        if (ended) throw new Error(`The child ended: ${(await child).stderr}`);
        return said.includes(`${line}\n`);
      },
      120,
    );

  await says('ready');
  return {
    held: () => says('held'),
    async kill() {
      child.kill('SIGKILL');
      await child;
    },
  };
}
