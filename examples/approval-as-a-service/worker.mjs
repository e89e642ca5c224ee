import { fileURLToPath } from 'node:url';
import { NativeConnection, Worker } from '@temporalio/worker';
import * as activities from './activities.mjs';

const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS });
const worker = await Worker.create({
  connection,
  namespace: process.env.TEMPORAL_NAMESPACE ?? 'default',
  taskQueue: 'refunds',
  workflowsPath: fileURLToPath(new URL('./workflows.mjs', import.meta.url)),
  activities,
});
console.log('The worker for refunds is ready.');
await worker.run();
await connection.close();
