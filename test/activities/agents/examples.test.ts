import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AgentPacket, DecisionOutcome } from '../../../src/contract/agent-protocol.ts';
import { aDecision, aPacket, runAgent, type Turn } from '../../support/agents/run-agent.ts';

const EXAMPLES = join(import.meta.dirname, '../../../examples/agents');

describe.each([
  ['sh', 'agent.sh'],
  ['python3', 'agent.py'],
])('the example agent in %s', (interpreter, file) => {
  it('writes its note, proposes, and is done when the item is closed', async () => {
    const turn = await run('EXECUTE', 'completed');

    expect(turn).toMatchObject({ outcome: { status: 'done', summary: 'the item is closed' }, refusals: [] });
    expect(turn.events.map((event) => event.type)).toEqual(['heartbeat', 'output', 'proposal']);
    expect(await readFile(join(turn.workspace, 'note.txt'), 'utf8')).not.toBe('');
  });

  it('fails when its proposal is rejected', async () => {
    const turn = await run('EXECUTE', 'rejected');

    expect(turn.outcome).toMatchObject({
      failure: 'exited',
      exitCode: 1,
      stderrTail: expect.stringContaining('"outcome":"rejected"'),
    });
  });

  it('makes a plan when it is asked for one', async () => {
    const turn = await run('PLAN', 'completed');

    expect(turn.outcome.status).toBe('done');
    expect(turn.events).toMatchObject([{ type: 'plan' }]);
  });

  async function run(
    phase: AgentPacket['phase'],
    outcome: DecisionOutcome,
  ): Promise<Turn & { readonly workspace: string }> {
    const workspace = await mkdtemp(join(tmpdir(), 'agent-'));
    const { inputs: _, ...packet } = aPacket({ phase, workspace });
    const turn = await runAgent([interpreter, join(EXAMPLES, file)], {
      // Inputs named like members of the packet do not lead the agent astray.
      packet: { inputs: { phase: 'NONE', workspace: '/nowhere' }, ...packet },
      onEvent: async (event) => (event.type === 'proposal' ? aDecision(event.id, { outcome }) : undefined),
    });
    return { ...turn, workspace };
  }
});
