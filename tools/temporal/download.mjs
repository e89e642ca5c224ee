// Fetches the Temporal CLI the way Temporal's own SDK does: node download.mjs <folder> <version, such as v1.8.2>.
// The SDK only downloads in order to start a server; a process of its own can be stopped when that takes too long.
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [downloadDir, version] = process.argv.slice(2);
const executable = { type: 'cached-download', downloadDir, version };
const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
await environment.teardown();
