// A worker in a process of its own, for a test that kills it. It can stop for good at one exact point of carrying out a
// draft, and says so on standard output.
import path from 'node:path';
import { NativeConnection } from '@temporalio/worker';
import { readConfig } from '../../../src/config.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Store } from '../../../src/store/open.ts';
import { createWorkers } from '../../../src/worker.ts';
import { quietRuntime } from '../../support/open-mandate.ts';
import type { ChildOptions } from '../../support/start-child-worker.ts';

const { address, namespace, bundle, roles, holdAt } = JSON.parse(process.argv[2] ?? '') as ChildOptions;

quietRuntime();
const config = readConfig(process.env);
const store = await openStore({ file: path.join(config.dataFolder, 'mandate.db') });
const workers = await createWorkers({
  connection: await NativeConnection.connect({ address }),
  namespace,
  config,
  store: { ...store, claims: holding(store.claims) },
  roles,
  makeDraftKey: true,
  bundle: { codePath: bundle },
});
process.stdout.write('ready\n');
await Promise.all(workers.map((worker) => worker.run()));

function holding(claims: Store['claims']): Store['claims'] {
  switch (holdAt) {
    case 'before the claim':
      return { ...claims, claim: hold };
    case 'after the claim':
      return {
        ...claims,
        async claim(...request) {
          await claims.claim(...request);
          return hold();
        },
      };
    case 'before the settlement':
      return { ...claims, settle: hold };
    case undefined:
      return claims;
  }
}

function hold(): Promise<never> {
  process.stdout.write('held\n');
  return new Promise(() => undefined);
}
