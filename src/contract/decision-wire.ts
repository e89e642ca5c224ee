import { z } from 'zod';
import { Edits, Verdict } from './approval.ts';
import { Digest } from './canonical.ts';
import { describeIssues } from './issues.ts';
import { Text } from './text.ts';

// As much as an action itself may have; the server ends what is given more than 2 MiB to carry on.
const MAX_BYTES = 256 * 1024;

/** Decision ids that begin so belong to answers by e-mail. */
export const MAIL_ID_PREFIX = 'mail-';
/** So begins the proof of one: what follows is its decision's id. */
export const MAIL_PROOF_PREFIX = 'mail.';

/** Decision ids that begin so are derived from what was decided; a sender may not choose one. */
export const DERIVED_ID_PREFIX = 'auto/';

const Id = Text.regex(/\S/, 'must not be blank').max(200, 'must have at most 200 characters');
const LongText = Text.max(10_000, 'must have at most 10000 characters');

const FIELDS = {
  /** May be left out where the proof says who decides. */
  by: Id.exactOptional(),
  reason: LongText.exactOptional(),
  digest: Digest.exactOptional(),
  decisionId: Id.refine(
    (id) => !id.startsWith(DERIVED_ID_PREFIX),
    `must not begin with ${DERIVED_ID_PREFIX}, which is reserved`,
  ).exactOptional(),
  group: Id.exactOptional(),
  edits: Edits.exactOptional(),
  /** What the channel vouches with for `by`. */
  proof: LongText.exactOptional(),
};

/** A decision as it arrives. What is left out is filled in against the request it is for. */
export const DecisionWire = z.strictObject({ ...FIELDS, verdict: Verdict }).superRefine(requireAuthor);
export type DecisionWire = z.infer<typeof DecisionWire>;

const SignalWire = z.strictObject(FIELDS).superRefine(requireAuthor);

export type ReadDecision =
  { readonly ok: true; readonly wire: DecisionWire } | { readonly ok: false; readonly message: string };

/**
 * Reads the payload of `decide`, or with a `verdict` that of the signal of that name, which has none of its own and may
 * be a bare string taken as `by`. Never throws.
 */
export function readDecision(payload: unknown, verdict?: Verdict): ReadDecision {
  const given = verdict !== undefined && typeof payload === 'string' ? { by: payload } : payload;
  const bytes = sizeOf(given);
  if (bytes === undefined) return { ok: false, message: 'The decision is nested too deeply to be read.' };
  if (bytes > MAX_BYTES) {
    return {
      ok: false,
      message: `The decision has ${bytes} bytes; at most ${MAX_BYTES} are taken. Edit less at once.`,
    };
  }
  const parsed = verdict === undefined ? DecisionWire.safeParse(given) : SignalWire.safeParse(given);
  if (!parsed.success) return { ok: false, message: describeIssues(parsed.error, given) };
  return { ok: true, wire: { ...parsed.data, ...(verdict && { verdict }) } as DecisionWire };
}

/** Of what came, as JSON; undefined where it is nested deeper than the stack goes. Nothing is no decision, and is told so. */
function sizeOf(value: unknown): number | undefined {
  try {
    return new TextEncoder().encode(JSON.stringify(value) ?? '').length;
  } catch {
    return undefined;
  }
}

interface Author {
  readonly by?: string;
  readonly proof?: string;
  readonly decisionId?: string;
}

function requireAuthor(wire: Author, context: z.RefinementCtx): void {
  if (wire.decisionId?.startsWith(MAIL_ID_PREFIX) === true && wire.proof?.startsWith(MAIL_PROOF_PREFIX) !== true) {
    const message = `must not begin with ${MAIL_ID_PREFIX}, which is for answers by e-mail`;
    context.addIssue({ code: 'custom', path: ['decisionId'], message });
  }
  if (wire.by !== undefined || wire.proof !== undefined) return;
  context.addIssue({ code: 'custom', path: ['by'], message: 'must say who decides, where there is no proof' });
}
