import type {
  AdmitDraftInput,
  Admission,
  ClaimFound,
  ClaimQuery,
  SettleInput,
  SettleResult,
  WithdrawInput,
} from '../contract/effect.ts';
import type { Action } from '../contract/action.ts';
import type { LedgerFact } from '../contract/ledger.ts';
import type { RunReport } from '../contract/run.ts';
import { nonDelegableOf } from '../policy/non-delegable.ts';
import { buildReport } from '../policy/report.ts';
import { newId } from '../new-id.ts';
import type { ExecutorDeps } from './executor-deps.ts';
import type { Acted } from './kinds/kind.ts';
import { readAction } from './kinds/table.ts';
import { claimedAs, isOurs, readSettlement, settleOnce } from './settlement.ts';
import type { Claim } from '../store/claim.ts';
import { cut } from '../contract/text.ts';

// Beyond this nobody reviews an action; it also keeps every message well under the server's limit of 2 MiB.
const MAX_ACTION_BYTES = 256 * 1024;

/** Records, admission and reports: what the role `worker` does beside the workflows themselves. */
export interface WorkerActivities {
  append(facts: readonly LedgerFact[]): Promise<void>;
  openRun(input: {
    readonly facts: readonly LedgerFact[];
    readonly runId: string;
    readonly items: readonly string[];
  }): Promise<void>;
  admitDraft(input: AdmitDraftInput): Promise<Admission>;
  drawRequestId(): Promise<string>;
  readClaim(input: ClaimQuery): Promise<ClaimFound>;
  withdraw(input: WithdrawInput): Promise<ClaimFound>;
  settle(input: SettleInput): Promise<SettleResult>;
  reportStage(input: { readonly runId: string; readonly stage: string; readonly agent: string }): Promise<void>;
  reportRun(input: { readonly runId: string }): Promise<RunReport>;
}

export interface WorkerDeps extends Pick<ExecutorDeps, 'store' | 'limits'> {}

export function createWorkerActivities({ store, limits }: WorkerDeps): WorkerActivities {
  return {
    async append(facts) {
      await store.ledger.append(facts);
    },

    async openRun({ facts, runId, items }) {
      const time = facts[0]?.time ?? new Date().toISOString();
      for (const item of items) await store.items.open({ run: runId, item, title: item, time });
      const opened = items.map((item) => ({
        entryId: `${runId}/item.opened/${item}`,
        run: runId,
        agent: null,
        type: 'item.opened' as const,
        time,
        body: { item },
      }));
      await store.ledger.append([...facts, ...opened]);
    },

    async admitDraft({ request, facts }) {
      await store.ledger.append(facts);
      const admission = admit(request.action);
      if (!admission.ok) return admission;
      return { ...admission, nonDelegable: nonDelegableOf(admission.nonDelegable, request.declared) };
    },

    async drawRequestId() {
      return newId();
    },

    /** How a draft stands by its claim alone; it needs no executor. */
    async readClaim(query) {
      const claim = await store.claims.get(query.draftId);
      return claim === undefined ? { found: 'unclaimed' } : claimFound(claim, query);
    },

    /** Closes a draft that nobody has claimed, so that an attempt that is still under way cannot claim it any more. */
    async withdraw({ draft, reason, ...query }) {
      const { id: draftId, kind, run, agent } = draft;
      const time = new Date().toISOString();
      const standing = await store.claims.withdraw({ draftId, kind, run, agent, ...query, time, by: reason });
      return standing === 'withdrawn' ? { found: 'unclaimed' } : claimFound(standing, query);
    },

    /** A person's word about an unknown outcome. */
    async settle(input) {
      const { by, outcome, url, reason } = input;
      const told = { ...(url === undefined ? {} : { url }), ...(reason === undefined ? {} : { reason }) };
      const acted: Acted =
        outcome === 'happened'
          ? { happened: { settledBy: by, ...told } }
          : { failed: `${by} found that it did not happen${reason === undefined ? '' : `: ${reason}`}` };
      const { found, first, alerts } = await settleOnce(
        input.draft,
        acted,
        { kind: 'person', id: by },
        { store, limits },
      );
      return { ...found, first, alerts };
    },

    async reportStage({ runId, stage, agent }) {
      const report = buildReport(await store.ledger.entries({ run: runId }));
      await store.outputs.put({
        run: runId,
        stage,
        agent,
        phase: 'REPORT',
        class: 'gamma',
        name: 'report',
        content: {
          agentId: agent,
          stage,
          approvals: JSON.parse(JSON.stringify(report.approvals)),
          effects: JSON.parse(JSON.stringify(report.effects)),
          violations: JSON.parse(JSON.stringify(report.violations.filter((each) => each.agentId === agent))),
          ledgerHead: report.ledgerHead,
        },
        time: new Date().toISOString(),
      });
    },

    async reportRun({ runId }) {
      return buildReport(await store.ledger.entries({ run: runId }));
    },
  };
}

/** Whether an action may be put before people at all: a known kind, a target and payload that fit, a reviewable size. */
export function admit(action: AdmitDraftInput['request']['action']): Admission {
  const fault = sizeFault(action);
  if (fault !== undefined) return { ok: false, reason: fault };
  const read = readAction(action);
  if (!read.ok) return read;
  const { reversible, summary, nonDelegable } = read;
  return { ok: true, reversible, summary: cut(summary, 200), nonDelegable };
}

/** What is too large to be put before people. */
export function sizeFault(action: Action): string | undefined {
  const size = Buffer.byteLength(JSON.stringify(action));
  if (size <= MAX_ACTION_BYTES) return undefined;
  return `The action has ${size} bytes; at most ${MAX_ACTION_BYTES} are admitted. Pass large data as an artifact.`;
}

function claimFound(claim: Claim, query: Omit<ClaimQuery, 'draftId'>): ClaimFound {
  if (!isOurs(claim, query)) return { found: 'lost_race' };
  if (claim.settlement?.outcome === 'withdrawn') return { found: 'unclaimed' };
  return { ...(readSettlement(claim) ?? { found: 'open' as const }), ...claimedAs(claim, query) };
}
