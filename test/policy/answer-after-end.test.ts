import { expect, it } from 'vitest';
import { answerAfterEnd } from '../../src/policy/answer-after-end.ts';
import { outcomeText } from '../../src/policy/answer-mail.ts';
import { endedMail } from '../../src/policy/approval-mail.ts';
import { anInboxItem as anItem } from '../support/inbox-items.ts';

it('an approval by default is marked in what a late decision is answered, on the page and by mail', () => {
  const item = anItem({ status: 'expired', default: 'approve', onTimeout: 'approve' });
  const answer = answerAfterEnd(item);

  expect(answer).toMatchObject({ outcome: 'TooLate', status: 'expired', default: 'approve', deadline: item.deadline });
  expect(answer.message).toBe(`The deadline ${item.deadline} has passed: the request has ended as expired(approve).`);
  expect(outcomeText('reject', answer)).toContain('The request is expired(approve).');
  expect(endedMail(item, 'It has ended.').text).toMatch(/^status: expired\(approve\): nobody decided in time$/m);
});

it('a decision that comes after the end is told how it ended, by whom and why', () => {
  const votes = [
    { by: 'ben', verdict: 'reject' as const, at: '2026-01-01T01:00:00.000Z', reason: 'the notes are wrong' },
  ];

  expect(answerAfterEnd(anItem({ status: 'rejected', votes })).message).toBe(
    'The request has ended: it is rejected, ben rejected (the notes are wrong).',
  );
  expect(answerAfterEnd(anItem({ status: 'cancelled', endedBecause: 'terminated by ops', votes: [] })).message).toBe(
    'The request has ended: it is cancelled, terminated by ops.',
  );
  // Who has voted did not end it.
  expect(answerAfterEnd(anItem({ status: 'superseded', votes })).message).toBe(
    'The request has ended: it is superseded.',
  );
});
