import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { agentProtocolJsonSchema } from '../../../src/contract/agent-protocol-schema.ts';

describe('the published schema of the agent protocol', () => {
  it('is what the code accepts; npx tsx scripts/write-schemas.ts writes it anew', async () => {
    const file = new URL('../../../docs/agent-protocol.schema.json', import.meta.url);

    const published: unknown = JSON.parse(await readFile(file, 'utf8'));

    expect(published).toEqual(JSON.parse(JSON.stringify(agentProtocolJsonSchema())));
  });

  it.each(['agent.sh', 'agent.py'])('stands beside a page that shows examples/agents/%s as it is', async (file) => {
    const page = await readFile(new URL('../../../docs/agent-protocol.md', import.meta.url), 'utf8');
    const example = await readFile(new URL(`../../../examples/agents/${file}`, import.meta.url), 'utf8');

    expect(page).toContain(example);
  });
});
