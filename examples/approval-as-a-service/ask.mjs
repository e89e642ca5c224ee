import { Client, Connection } from '@temporalio/client';
import { createMandate } from 'mandate';

const [order = 'order-7', amount = '120'] = process.argv.slice(2);
const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS });
const mandate = createMandate(new Client({ connection, namespace: process.env.TEMPORAL_NAMESPACE ?? 'default' }));

const asked = await mandate.ask({
  title: `Refund ${order}: ${amount} EUR`,
  action: { kind: 'refund', target: { order }, payload: { amount: Number(amount), currency: 'EUR' } },
  requester: 'shop',
  approvers: [{ id: 'ana' }, { id: 'ben' }],
});
const { status, decisions } = await asked.result();
console.log(JSON.stringify({ requestId: asked.requestId, status, decisions }));
await connection.close();
