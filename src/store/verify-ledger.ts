import { describeIssues } from '../contract/issues.ts';
import { LEDGER_START, LedgerEntry, ledgerHash } from '../contract/ledger.ts';
import { InvalidJson, parseStrictJson } from '../contract/strict-json.ts';

export interface VerifyOptions {
  /** A hash noted earlier: its entry must be among those given, else the end was cut off. */
  readonly expectHead?: string | undefined;
  /** True (the default) for the whole ledger, false for the entries of one run. */
  readonly whole?: boolean | undefined;
}

export type Verification =
  | { readonly ok: true; readonly entries: number; readonly runs: number; readonly head: string | null }
  | { readonly ok: false; readonly entries: number; readonly broken: BrokenEntry };

/** The first entry that is not as it was written, or not where it was. `entries` before it are sound. */
interface BrokenEntry {
  readonly position?: number;
  readonly entryId?: string;
  /** Which of the entries given, from 1; in an export, the line. */
  readonly line: number;
  readonly reason: string;
}

/** A line of an export that is not JSON. */
class UnreadableLine {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * Recomputes the hash chains of a ledger, or of one run, entry by entry; memory grows with the number of runs only.
 * Never throws for what it is given: a malformed entry is a broken one.
 */
export async function verifyLedger(
  entries: AsyncIterable<unknown> | Iterable<unknown>,
  { expectHead, whole = true }: VerifyOptions = {},
): Promise<Verification> {
  const chain = new Chain(whole);
  let sound = 0;
  let anchored = expectHead === undefined || expectHead === LEDGER_START;
  for await (const given of entries) {
    const fault = chain.add(given);
    if (fault !== undefined) {
      return { ok: false, entries: sound, broken: { ...identityOf(given), line: sound + 1, reason: fault } };
    }
    sound += 1;
    anchored ||= chain.head?.hash === expectHead;
  }
  if (!anchored) {
    const reason = `the end is missing: no entry up to here has the expected hash ${expectHead}`;
    return { ok: false, entries: sound, broken: { line: sound + 1, reason } };
  }
  return { ok: true, entries: sound, runs: chain.runs, head: chain.head?.hash ?? null };
}

/** The entries of an export in JSON Lines; a line that is not strict JSON comes out as an {@link UnreadableLine}. */
export async function* readExport(chunks: AsyncIterable<string> | Iterable<string>): AsyncIterable<unknown> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield readLine(line);
  }
  if (rest !== '') yield readLine(rest);
}

function readLine(line: string): unknown {
  try {
    return parseStrictJson(line);
  } catch (error) {
    if (error instanceof InvalidJson) return new UnreadableLine(`not JSON, from column ${error.column} on`);
    throw error;
  }
}

class Chain {
  head: LedgerEntry | undefined;
  readonly #whole: boolean;
  readonly #runHeads = new Map<string, { readonly sequence: number; readonly hash: string }>();

  constructor(whole: boolean) {
    this.#whole = whole;
  }

  get runs(): number {
    return this.#runHeads.size;
  }

  /** Adds an entry that fits, or says why it does not. */
  add(given: unknown): string | undefined {
    if (given instanceof UnreadableLine) return given.reason;
    const parsed = LedgerEntry.safeParse(given);
    if (!parsed.success) return `not a ledger entry: ${describeIssues(parsed.error, given)}`;
    const entry = parsed.data;
    const fault =
      contentFault(entry) ??
      (this.#whole ? this.#placeFault(entry) : this.#strangerFault(entry)) ??
      this.#runFault(entry);
    if (fault !== undefined) return fault;
    this.head = entry;
    this.#runHeads.set(entry.run, { sequence: entry.sequence, hash: entry.hash });
    return undefined;
  }

  #placeFault({ position, previous }: LedgerEntry): string | undefined {
    const expected = (this.head?.position ?? 0) + 1;
    if (position !== expected)
      return `it has position ${position} where ${expected} must follow: ${misplaced(position, expected)}`;
    return linkFault('previous', previous, this.head?.hash);
  }

  #strangerFault({ run }: LedgerEntry): string | undefined {
    if (this.head === undefined || run === this.head.run) return undefined;
    return `it belongs to run ${run}, among the entries of run ${this.head.run}`;
  }

  #runFault({ run, sequence, runPrevious }: LedgerEntry): string | undefined {
    const runHead = this.#runHeads.get(run);
    const expected = (runHead?.sequence ?? 0) + 1;
    if (sequence !== expected) {
      return `it has sequence ${sequence} in its run where ${expected} must follow: ${misplaced(sequence, expected)}`;
    }
    return linkFault('runPrevious', runPrevious, runHead?.hash);
  }
}

function contentFault({ hash, ...content }: LedgerEntry): string | undefined {
  const computed = ledgerHash(content);
  return hash === computed ? undefined : `its content was changed: it hashes to ${computed}, and its hash says ${hash}`;
}

function misplaced(found: number, expected: number): string {
  return found > expected ? 'entries before it are missing' : 'it stands in the wrong place';
}

function linkFault(field: 'previous' | 'runPrevious', link: string, hash = LEDGER_START): string | undefined {
  return link === hash ? undefined : `its ${field} is ${link}, and the entry before it has the hash ${hash}`;
}

function identityOf(given: unknown): { position?: number; entryId?: string } {
  if (typeof given !== 'object' || given === null) return {};
  const { position, entryId } = given as { position?: unknown; entryId?: unknown };
  return {
    ...(typeof position === 'number' ? { position } : {}),
    ...(typeof entryId === 'string' ? { entryId } : {}),
  };
}
