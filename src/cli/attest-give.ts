import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { formatFounderKey, isSignedByFounder, parseFounderKeys, signStatement } from '../activities/founder-keys.ts';
import { AttestationStatement } from '../contract/attestation.ts';
import type { Attestation } from '../contract/attestation.ts';
import { Digest } from '../contract/canonical.ts';
import { describeIssues } from '../contract/issues.ts';
import { NonDelegable } from '../contract/non-delegable.ts';
import { readConfig } from '../config.ts';
import { ATTESTATION_LIFE_MS } from '../policy/attestation.ts';
import type { Store } from '../store/open.ts';
import { CommandError, invalidInput, usageError } from './errors.ts';
import { founderName } from './founder-name.ts';
import { answer, remark } from './output.ts';
import { pairs, plain } from '../policy/plain-text.ts';
import { withStore } from './with-store.ts';
import { newId } from '../new-id.ts';

interface AttestOptions {
  readonly digest?: string;
  readonly scope?: string;
  readonly evidence?: string;
  readonly key?: string;
  readonly as?: string;
  readonly json?: boolean;
}

export async function giveAttestation(options: AttestOptions): Promise<void> {
  const { json = false, key: file } = options;
  if (file === undefined) throw missing('key');
  const statement = statementOf(options);
  const privateKey = await readPrivateKey(file);
  const attestation = signStatement(statement, privateKey);
  checkKnown(attestation, privateKey);
  await withStore((store) => give(store, attestation));
  const holdsUntil = new Date(Date.parse(statement.time) + ATTESTATION_LIFE_MS).toISOString();
  answer(json, { statement, holdsUntil }, () => {
    const { id, founder, scope, digest, evidence } = statement;
    const rows = [
      ['attestation', id],
      ['founder', plain(founder)],
      ['lifts', scope],
      ['of', digest],
      ['evidence', plain(evidence)],
      ['until', `${holdsUntil}, for one draft`],
    ] as const;
    return pairs(rows);
  });
}

function statementOf({ digest, scope, evidence, as }: AttestOptions): AttestationStatement {
  if (digest === undefined) throw missing('digest');
  if (scope === undefined) throw missing('scope');
  if (evidence === undefined) throw missing('evidence');
  if (!Digest.safeParse(digest).success)
    throw usageError('--digest must be sha256: and 64 lower-case hex digits.', { field: 'digest', given: digest });
  const read = NonDelegable.safeParse(scope);
  if (!read.success)
    throw usageError(`--scope must be one of ${NonDelegable.options.join(', ')}.`, {
      field: 'scope',
      given: scope,
      allowed: NonDelegable.options,
    });
  const statement = {
    id: newId(),
    founder: founderName(as),
    scope: read.data,
    digest,
    time: new Date().toISOString(),
    evidence,
  };
  const { error } = AttestationStatement.safeParse(statement);
  if (error !== undefined)
    throw usageError(`--evidence: ${describeIssues(error, statement)}`, { field: 'evidence', given: evidence });
  return statement;
}

async function readPrivateKey(file: string): Promise<KeyObject> {
  const wrong = (what: string, cause?: unknown): CommandError =>
    invalidInput(`${file} ${what}; make a key with: mandate attest keygen --out FILE`, {
      field: 'key',
      given: file,
      cause,
    });
  let pem: string;
  try {
    pem = await readFile(file, 'utf8');
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw invalidInput(
        `${file} can be read or written by others (mode ${(mode & 0o777).toString(8)}); run: chmod 600 ${file}`,
        { field: 'key', given: file },
      );
  } catch (error) {
    throw error instanceof CommandError ? error : wrong('cannot be read', error);
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw wrong('holds no private key that can be read without a password', cause);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw wrong(`holds a key of the type ${key.asymmetricKeyType}, not Ed25519`);
  return key;
}

/** Where it is known whose keys count, one that does not is refused now, and not in the middle of a dispatch. */
function checkKnown(attestation: Attestation, privateKey: KeyObject): void {
  const { founder } = attestation.statement;
  const { founderKeys } = readConfig(process.env);
  const setting = formatFounderKey(founder, createPublicKey(privateKey));
  if (founderKeys === undefined) {
    remark(`mandate: It counts where the executor has MANDATE_FOUNDER_KEYS=${plain(setting)}`);
    return;
  }
  if (isSignedByFounder(attestation, parseFounderKeys(founderKeys))) return;
  throw new CommandError(
    'UnknownFounder',
    `MANDATE_FOUNDER_KEYS does not have this key for "${founder}", so that the attestation would not count.`,
    {
      field: 'as',
      given: founder,
      hint: `Say who you are with --as, or add ${setting} there.`,
    },
  );
}

async function give(store: Store, attestation: Attestation): Promise<void> {
  const { id, founder, scope, digest, time, evidence } = attestation.statement;
  const given = await store.attestations.give(attestation, [
    {
      entryId: `attestation/${id}`,
      run: `attestation/${id}`,
      agent: null,
      type: 'attestation.given',
      time,
      body: { attestation: id, founder, scope, digest, evidence },
    },
  ]);
  if (given === 'id_taken') throw new CommandError('Failed', `Another attestation has the id ${id}; give it again.`);
}

function missing(option: string): CommandError {
  return usageError(`--${option} is missing; see: mandate attest --help`, { field: option });
}
