import { describe, expect, it } from 'vitest';
import { requestText } from '../../src/cli/request-text.ts';
import { anInboxItem as anItem } from '../support/inbox-items.ts';

const rowsOf = (text: string): string[] => text.split('\n').filter((line) => !line.startsWith(' '));

describe('a request as people see it', () => {
  it('says what would be done, who wants it and where, and what their silence means', () => {
    const text = requestText(anItem(), { stage: 'tell', agentId: 'teller' });

    for (const row of [
      /^request +q1$/,
      /^title +"Tell the team" \(the words of agent teller\)$/,
      /^agent +teller$/,
      /^stage +tell$/,
      /^run +r1$/,
      /^requester +gus$/,
      /^kind +webhook$/,
      /^target +\{$/,
      /^payload +\{$/,
      /^digest +sha256:a{64}$/,
      /^risk +The whole team reads it$/,
      /^reversible +no: it cannot be undone$/,
      /^may decide +ana, ben; needed: 2 more$/,
      /^votes +ben approved$/,
      /^deadline +.*; then it counts as rejected$/,
    ]) {
      expect(rowsOf(text)).toContainEqual(expect.stringMatching(row));
    }
    expect(text).toContain('"note": "hello"');
    expect(text).not.toMatch(/^(WARNING|context|reason)/m);
  });

  it.each([
    ['reject', 'it counts as rejected'],
    ['approve', 'it counts as approved'],
    ['suspend', 'it stays open, and what waits for it stands still'],
    ['escalate', 'the next circle is asked'],
    ['cancelRun', 'the run is cancelled'],
  ])('says what silence means by %s', (onTimeout, then) => {
    expect(rowsOf(requestText(anItem({ onTimeout }))).at(-1)).toMatch(new RegExp(`^deadline +.*; then ${then}$`));
  });

  it('names its title as it is where no agent has chosen it', () => {
    const action = { kind: 'gate', target: { run: 'r1', stage: 'ask' }, payload: {} };
    const text = requestText(anItem({ action, context: {}, irreversible: false }), { stage: 'ask' });

    expect(text).toMatch(/^title +Tell the team$/m);
    expect(text).not.toMatch(/^(agent|reversible)/m);
  });

  it('marks one that nobody has approved but its default, and says of none that has ended what it needs', () => {
    const text = requestText(anItem({ status: 'expired', default: 'approve', onTimeout: 'approve' }));

    expect(text).toMatch(
      /^status +expired\(approve\): not decided by .*; it has ended, and takes no decision any more$/m,
    );
    expect(text).toMatch(/^asked +ana, ben$/m);
    expect(text).not.toMatch(/needed|may decide|deadline/);
  });

  it('says why one ended that could not say so itself', () => {
    const text = requestText(anItem({ status: 'cancelled', endedBecause: 'terminated by ops (wiped\nout)' }));

    expect(text).toMatch(/^status +cancelled: terminated by ops \(wiped\\u000aout\); it has ended/m);
  });

  it('lets nobody write rows of their own, or act on the terminal', () => {
    const forged = 'fine\nrisk        none\n\u001b[2J\u009b1A\u202e';
    const text = requestText(
      anItem({
        title: `"quoted" (the words of agent nobody)\n${forged}`,
        context: { agent: `teller\n${forged}`, titledBy: `teller\n${forged}`, reason: forged, more: forged },
        risk: forged,
        requester: forged,
        approvers: [forged],
        onTimeout: forged,
      }),
      { stage: forged },
    );

    expect(text).not.toMatch(/(?!\n)\p{C}/u);
    expect(rowsOf(text).filter((row) => row.startsWith('risk'))).toHaveLength(1);
    expect(text).toMatch(/^reason +\| fine\n +\| risk +none\n +\| \\u001b\[2J\\u009b1A\\u202e$/m);
    expect(text).toMatch(/^title +"\\"quoted\\"/m);
  });

  it('warns of what an approval alone will not do', () => {
    const text = requestText(
      anItem({ context: { agent: 'teller', nonDelegable: ['venture_kill', 'account_switch'] } }),
    );

    expect(text).toMatch(
      /^WARNING +Nobody may delegate this: venture_kill, account_switch\. Even approved, it is refused/m,
    );
    expect(text).toMatch(/^ +mandate attest --digest sha256:a{64} --scope account_switch /m);
    expect(text).not.toMatch(/^context/m);
  });
});
