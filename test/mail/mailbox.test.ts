import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { watchMailbox } from '../../src/mail/mailbox.ts';
import { startMailWorld } from '../support/mail-world.ts';
import type { MailWorld } from '../support/mail-world.ts';
import { until } from '../support/until.ts';

describe.skipIf(inject('dovecotTrouble') !== '')('a mailbox that is watched', () => {
  let world: MailWorld;
  beforeAll(async () => {
    world = await startMailWorld();
  });
  afterAll(async () => world.close());

  it('gives the others although nobody takes the first, and that one again until somebody does', async () => {
    await world.send({ as: 'ana@example.org', text: 'poison' });
    await world.send({ as: 'ana@example.org', text: 'wholesome' });
    const ending = new AbortController();
    const taken: string[] = [];
    const troubles: unknown[] = [];
    let isCured = false;

    const watching = watchMailbox({
      url: world.dovecot.url,
      signal: ending.signal,
      onTrouble: (trouble) => troubles.push(trouble),
      take({ source }) {
        const text = Buffer.from(source).toString();
        if (text.includes('poison') && !isCured) return Promise.reject(new Error('nobody takes this'));
        taken.push(text.includes('poison') ? 'poison' : 'wholesome');
        return Promise.resolve();
      },
    });
    await until('a second try', () => troubles.filter((each) => String(each).includes('nobody takes')).length >= 2);
    const before = { taken: [...taken], unseen: await world.dovecot.unseen() };
    isCured = true;
    await until('the first being taken', () => taken.length === 2);
    await until('it being marked', async () => (await world.dovecot.unseen()) === 0);
    ending.abort();
    await watching;

    expect(before).toEqual({ taken: ['wholesome'], unseen: 1 });
    expect(troubles.slice(0, 2).map(String)).toEqual([
      'Error: nobody takes this',
      'Error: Of the messages 1 could not be taken; they are tried again.',
    ]);
    expect(taken).toEqual(['wholesome', 'poison']);
  });
});
