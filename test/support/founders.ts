import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { formatFounderKey, signStatement } from '../../src/activities/founder-keys.ts';
import type { Attestation, AttestationStatement } from '../../src/contract/attestation.ts';
import { digestOf } from '../../src/contract/canonical.ts';

export interface FounderWithKey {
  readonly founder: string;
  readonly privateKey: KeyObject;
  /** As MANDATE_FOUNDER_KEYS has it. */
  readonly setting: string;
}

export function aFounder(founder = 'ada'): FounderWithKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { founder, privateKey, setting: formatFounderKey(founder, publicKey) };
}

export function aStatement(overrides: Partial<AttestationStatement> = {}): AttestationStatement {
  return {
    id: randomBytes(18).toString('base64url'),
    founder: 'ada',
    scope: 'venture_kill',
    digest: digestOf({ kind: 'webhook', target: { url: 'https://hooks.example/' }, payload: { body: 1 } }),
    time: '2026-03-01T10:00:00.000Z',
    evidence: 'minutes of 1 March, item 4',
    ...overrides,
  };
}

export function anAttestation(by: FounderWithKey, overrides: Partial<AttestationStatement> = {}): Attestation {
  return signStatement(aStatement({ founder: by.founder, ...overrides }), by.privateKey);
}
