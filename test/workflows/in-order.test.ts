import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { InOrder } from '../../src/workflows/in-order.ts';

it('does one thing after the other as they were asked for, however long each takes', async () => {
  const order = new InOrder(sleep(5));
  const done: string[] = [];

  const slow = order.do(async () => {
    await sleep(20);
    done.push('slow');
  });
  const quick = order.do(() => done.push('quick'));

  expect(order.isIdle()).toBe(false);
  await Promise.all([slow, quick]);
  expect(done).toEqual(['slow', 'quick']);
  expect(order.isIdle()).toBe(true);
});

it('goes on after something that failed, which only its asker hears of', async () => {
  const order = new InOrder(Promise.resolve());

  const failed = order.do(() => {
    throw new Error('not this one');
  });
  const next = order.do(() => 'done');

  await expect(failed).rejects.toThrow('not this one');
  expect(await next).toBe('done');
  expect(order.isIdle()).toBe(true);
});
