import { Client, Connection } from '@temporalio/client';

const [order = 'order-7', amount = '120', timeoutSeconds = '86400'] = process.argv.slice(2);
const connection = await Connection.connect({ address: process.env.TEMPORAL_ADDRESS });
const client = new Client({ connection, namespace: process.env.TEMPORAL_NAMESPACE ?? 'default' });

const outcome = await client.workflow.execute('refund', {
  taskQueue: 'refunds',
  workflowId: `refund/${order}`,
  args: [
    {
      order,
      amount: Number(amount),
      requester: 'shop',
      approvers: ['ana', 'ben'],
      timeoutSeconds: Number(timeoutSeconds),
    },
  ],
});
console.log(JSON.stringify(outcome));
await connection.close();
