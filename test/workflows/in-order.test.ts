import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { InOrder } from '../../src/workflows/in-order.ts';

function started(): InOrder {
  const order = new InOrder();
  order.start();
  return order;
}

it('does nothing before its start, and then everything in the order in which it was asked for', async () => {
  const order = new InOrder();
  const done: string[] = [];
  const slow = order.do(async () => {
    await sleep(20);
    done.push('slow');
  });
  const quick = order.do(() => done.push('quick'));
  await sleep(5);

  expect([done, order.isIdle()]).toEqual([[], false]);
  order.start();
  await Promise.all([slow, quick]);

  expect([done, order.isIdle()]).toEqual([['slow', 'quick'], true]);
});

it('does at once what waits for nothing', () => {
  const order = started();
  const done: number[] = [];

  void order.do(() => done.push(1));
  void order.do(() => done.push(2));

  expect([done, order.isIdle()]).toEqual([[1, 2], true]);
});

it('goes on after something that failed, which only its asker hears of', async () => {
  const order = started();

  const failed = order.do(() => {
    throw new Error('not this one');
  });
  const failedLater = order.do(async () => {
    throw new Error('nor this');
  });
  const next = order.do(() => 'done');

  await expect(failed).rejects.toThrow('not this one');
  await expect(failedLater).rejects.toThrow('nor this');
  expect(await next).toBe('done');
  expect(order.isIdle()).toBe(true);
});
