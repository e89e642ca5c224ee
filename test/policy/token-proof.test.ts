import { describe, expect, it } from 'vitest';
import { isTokenId, readPersonalToken } from '../../src/policy/personal-token.ts';
import { formatTokenProof, readTokenProof, signedText } from '../../src/policy/token-proof.ts';

const ID = '0123456789abcdef';
const SECRET = `${'s'.repeat(42)}A`;

describe('a personal token', () => {
  it('is read whole', () => {
    expect(readPersonalToken(`mdt_${ID}_${SECRET}`)).toEqual({ id: ID, secret: SECRET });
    // A secret may hold what stands between the parts.
    expect(readPersonalToken(`mdt_${ID}_${'_'.repeat(42)}A`)).toEqual({ id: ID, secret: `${'_'.repeat(42)}A` });
  });

  it.each([
    ['nothing', ''],
    ['another prefix', `mdx_${ID}_${SECRET}`],
    ['capitals in its id', `mdt_${ID.toUpperCase()}_${SECRET}`],
    ['a short secret', `mdt_${ID}_${SECRET.slice(1)}`],
    ['a long secret', `mdt_${ID}_s${SECRET}`],
    ['another spelling of its bytes', `mdt_${ID}_${'s'.repeat(42)}B`],
    ['a line break', `mdt_${ID}_${SECRET}\n`],
    ['quotes', `"mdt_${ID}_${SECRET}"`],
  ])('is none with %s', (_what, text) => {
    expect(readPersonalToken(text)).toBeUndefined();
  });

  it('has an id that can be told from one', () => {
    expect(isTokenId(ID)).toBe(true);
    expect(isTokenId(`mdt_${ID}_${SECRET}`)).toBe(false);
  });
});

describe('a proof', () => {
  const proof = { token: ID, timeMs: 1_772_359_200_000, signature: `${'s'.repeat(85)}A` };

  it('is read as it is written', () => {
    expect(readTokenProof(formatTokenProof(proof))).toEqual(proof);
  });

  it.each(['0', '01772359200000', '-1', '1e3', '1.5', '9999999999999999', ' 1'])('is none with the time %s', (time) => {
    expect(readTokenProof(`mp1.${ID}.${time}.${proof.signature}`)).toBeUndefined();
  });

  it('is made over these bytes', () => {
    const decision = {
      requestId: 'r1',
      decisionId: 'd1',
      verdict: 'approve',
      digest: `sha256:${'5'.repeat(64)}`,
      edits: { b: 'ü', a: 1 },
    } as const;

    expect(signedText(proof, decision)).toBe(
      `{"decision":{"decisionId":"d1","digest":"sha256:${'5'.repeat(64)}","edits":{"a":1,"b":"ü"},"requestId":"r1",` +
        `"verdict":"approve"},"time":1772359200000,"token":"${ID}","version":"mandate-proof-1"}`,
    );
  });
});
