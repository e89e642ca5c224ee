import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { proofOf } from '../../src/activities/decision-proof.ts';
import type { ProvenDecision } from '../../src/contract/proof.ts';
import { readPersonalToken } from '../../src/policy/personal-token.ts';
import { readTokenProof, signedText } from '../../src/policy/token-proof.ts';

const page = await readFile(new URL('../../docs/people.md', import.meta.url), 'utf8');

describe('the page about people', () => {
  it('gives others an example of a proof that is one', () => {
    const token = readPersonalToken(/mdt_[0-9a-f]{16}_A{43}/.exec(page)?.[0] ?? '');
    const text = /^\{"decision".*$/m.exec(page)?.[0] ?? '';
    const written = /^mp1\..*$/m.exec(page)?.[0] ?? '';
    const proof = readTokenProof(written);
    const { decision } = JSON.parse(text) as { decision: ProvenDecision };

    expect(proof && signedText(proof, decision)).toBe(text);
    expect(token && proof && proofOf(token, decision, proof.timeMs)).toBe(written);
  });
});
