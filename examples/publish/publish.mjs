// Proposes to publish the archive that an earlier stage has packed, and waits for what people decide.
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { inputs, artifacts } = JSON.parse((await lines.next()).value);
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

const archive = artifacts.find(({ name }) => name === 'archive.tgz');
say({
  type: 'proposal',
  id: 'publish',
  title: `Publish ${inputs.name} ${inputs.version}`,
  action: {
    kind: 'deploy_publish_prevalidated_artifact',
    target: { registry: 'directory:releases', name: inputs.name, version: inputs.version },
    payload: { artifact: archive.name, digest: archive.digest },
  },
});

for await (const line of lines) {
  const answer = JSON.parse(line);
  if (answer.type === 'refused') throw new Error(`The proposal was not understood: ${answer.reason}`);
  if (answer.type !== 'decision') continue;
  say({ type: 'output', name: 'decision', content: { outcome: answer.outcome, ...answer.receipt } });
  if (answer.outcome === 'completed') {
    say({ type: 'done', summary: `published at ${answer.receipt.url}` });
  } else {
    say({ type: 'error', errorType: 'NotPublished', message: answer.reason ?? answer.outcome });
    process.stderr.write(`Not published: ${answer.reason ?? answer.outcome}\n`);
    process.exitCode = 1;
  }
  break;
}
process.stdin.destroy();
