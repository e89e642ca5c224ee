// Workers of one role in a process of their own, as a deployment has them, for the soak to kill.
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { readConfig, storeLocation } from '../src/config.ts';
import { openStore } from '../src/store/open.ts';
import { createWorkers } from '../src/worker.ts';
import type { ProgramSettings } from './crew.ts';

const { address, bundle, role } = JSON.parse(process.argv[2] ?? '') as ProgramSettings;

// Also when the soak itself was killed.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
});
const config = readConfig(process.env);
const workers = await createWorkers({
  connection: await NativeConnection.connect({ address }),
  namespace: 'default',
  config,
  store: await openStore(storeLocation(config)),
  roles: [role],
  makeDraftKey: false,
  bundle: { codePath: bundle },
});
process.send?.('ready');
await Promise.all(workers.map((worker) => worker.run()));
