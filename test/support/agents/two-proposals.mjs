// Proposes twice, waits for both decisions, and puts out the packet and the decisions as they came.
import { createInterface } from 'node:readline';

const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const packet = JSON.parse((await lines.next()).value);
say({ type: 'output', name: 'packet', content: packet });

for (const id of ['first', 'second']) {
  say({ type: 'proposal', id, action: { kind: 'ledger_done', target: { item: id }, payload: {} } });
}
say({ type: 'heartbeat', note: 'waiting' });

const decisions = [JSON.parse((await lines.next()).value), JSON.parse((await lines.next()).value)];
say({ type: 'output', name: 'decisions', content: decisions });
say({ type: 'done', summary: 'two decisions' });
process.stdin.destroy();
