import type { DispatchResult, DraftStatus } from '../contract/dispatch.ts';
import type { Json, JsonObject } from '../contract/json.ts';
import type { LedgerEntry } from '../contract/ledger.ts';
import type {
  ApprovalRecord,
  Artifact,
  DecisionRecord,
  EffectRecord,
  RunReport,
  RunStatus,
  StageResult,
  ViolationRecord,
} from '../contract/run.ts';

interface Draft {
  draftId: string;
  kind: string;
  status: DraftStatus;
  digests?: string[];
  mandate?: string;
  result?: DispatchResult;
  receipt?: JsonObject;
  error?: string;
}

interface Request {
  requestId: string;
  title: string;
  status: ApprovalRecord['status'];
  default?: string;
  decisions: DecisionRecord[];
  digests?: string[];
}

/** Everything a report says, gathered while a run's ledger is read from its first entry to its last. */
interface Gathered {
  started?: LedgerEntry;
  ended?: LedgerEntry;
  readonly stages: Map<string, StageResult>;
  readonly agents: Map<string, { agentId: string; stage: string; status: string }>;
  readonly approvals: Map<string, Request>;
  readonly drafts: Map<string, Draft>;
  readonly violations: ViolationRecord[];
  readonly artifacts: Map<string, Artifact>;
}

/** The report of a run, from its ledger alone. What the ledger does not say is not in the report. */
export function buildReport(entries: readonly LedgerEntry[]): RunReport {
  const gathered: Gathered = {
    stages: new Map(),
    agents: new Map(),
    approvals: new Map(),
    drafts: new Map(),
    violations: [],
    artifacts: new Map(),
  };
  for (const entry of entries) gather(gathered, entry);

  const { started, ended } = gathered;
  const first = started ?? entries[0];
  return {
    runId: first?.run ?? '',
    pipeline: text(started, 'pipeline'),
    status: (text(ended, 'status') || 'running') as RunStatus,
    startedAt: first?.time ?? '',
    endedAt: ended?.time ?? '',
    requester: text(started, 'requester'),
    inputs: (started?.body['inputs'] as { [name: string]: Json } | undefined) ?? {},
    stages: [...gathered.stages.values()],
    agents: [...gathered.agents.values()],
    approvals: [...gathered.approvals.values()].map((request) => (ended === undefined ? request : closed(request))),
    effects: [...gathered.drafts.values()] satisfies readonly EffectRecord[],
    violations: gathered.violations,
    artifacts: [...gathered.artifacts.values()],
    ledgerHead: entries.at(-1)?.hash ?? '',
  };
}

function gather(into: Gathered, entry: LedgerEntry): void {
  const { body } = entry;
  switch (entry.type) {
    case 'run.started':
      into.started = entry;
      for (const stage of list<StageResult>(body['stages']))
        into.stages.set(stage.path, { ...stage, status: 'pending' });
      return;
    case 'run.ended':
      into.ended = entry;
      for (const { path, status } of list<StageResult>(body['stages'])) change(into.stages, path, { status });
      return;
    case 'stage.started':
      return change(into.stages, text(entry, 'path'), { status: 'running', startedAt: entry.time });
    case 'stage.ended':
      return change(into.stages, text(entry, 'path'), {
        status: text(entry, 'status') as StageResult['status'],
        endedAt: entry.time,
        ...optional(entry, 'error'),
      });
    case 'agent.ended': {
      const agent = { agentId: entry.agent ?? '', stage: text(entry, 'stage'), status: text(entry, 'status') };
      into.agents.set(agent.stage, agent);
      return;
    }
    case 'package.made':
      for (const artifact of list<Artifact>(body['artifacts'])) into.artifacts.set(artifact.name, artifact);
      return;
    case 'violation':
      into.violations.push({
        agentId: entry.agent ?? '',
        type: text(entry, 'type'),
        severity: text(entry, 'severity'),
        response: text(entry, 'response'),
        message: text(entry, 'message'),
      });
      return;
    default:
      gatherApproval(into, entry);
      gatherDraft(into, entry);
  }
}

/** After the end of its run none waits any more: one that was terminated could not say so itself. */
function closed(request: Request): Request {
  const isOpen = request.status === 'pending' || request.status === 'suspended';
  return isOpen ? { ...request, status: 'cancelled' } : request;
}

function gatherApproval({ approvals }: Gathered, entry: LedgerEntry): void {
  const requestId = text(entry, 'requestId');
  const request = approvals.get(requestId);
  if (entry.type === 'approval.requested') {
    approvals.set(requestId, { requestId, title: text(entry, 'title'), status: 'pending', decisions: [] });
  } else if (request === undefined) {
    return;
  } else if (entry.type === 'approval.decision') {
    request.decisions.push({
      by: text(entry, 'by'),
      verdict: text(entry, 'verdict') as DecisionRecord['verdict'],
      at: entry.time,
      ...optional(entry, 'reason'),
      ...optional(entry, 'group'),
    });
  } else if (entry.type === 'approval.edited') {
    // The votes that stood were about another action.
    request.decisions = [];
    request.digests = [...(request.digests ?? [text(entry, 'from')]), text(entry, 'to')];
  } else if (entry.type === 'approval.suspended') {
    request.status = 'suspended';
  } else if (entry.type === 'approval.ended') {
    request.status = text(entry, 'status') as Request['status'];
    Object.assign(request, optional(entry, 'default'));
  }
}

function gatherDraft({ drafts }: Gathered, entry: LedgerEntry): void {
  const draftId = text(entry, 'draftId');
  const draft = drafts.get(draftId);
  if (entry.type === 'draft.created') {
    const action = entry.body['action'] as { readonly kind: string } | undefined;
    drafts.set(draftId, { draftId, kind: action?.kind ?? '', status: 'pending' });
  } else if (draft === undefined) {
    return;
  } else if (entry.type === 'draft.edited') {
    draft.digests = [...(draft.digests ?? [text(entry, 'from')]), text(entry, 'to')];
  } else if (entry.type === 'mandate.used') {
    draft.mandate = text(entry, 'mandate');
  } else if (entry.type === 'draft.signed') {
    draft.status = 'approved';
  } else if (entry.type === 'effect.claimed') {
    draft.status = 'executing';
  } else if (entry.type === 'effect.unknown') {
    draft.status = 'needs_reconciliation';
    draft.result = 'unknown';
    Object.assign(draft, optional(entry, 'error'));
  } else if (entry.type === 'effect.settled' || entry.type === 'effect.reconciled') {
    draft.status = text(entry, 'status') as DraftStatus;
    draft.result = draft.status === 'completed' ? 'executed' : 'execute_failed';
    delete draft.error;
    Object.assign(draft, optional(entry, 'error'));
    if (entry.body['receipt'] !== undefined) draft.receipt = entry.body['receipt'] as JsonObject;
  } else if (entry.type === 'draft.ended') {
    // Another dispatch of the same draft that did nothing says nothing about what the draft came to.
    if (entry.body['result'] === 'lost_race') return;
    draft.status = text(entry, 'status') as DraftStatus;
    if (entry.body['result'] !== undefined) draft.result = text(entry, 'result') as DispatchResult;
    const reason = text(entry, 'reason');
    if (reason !== '') draft.error = reason;
  }
}

function change(stages: Map<string, StageResult>, path: string, changes: Partial<StageResult>): void {
  const stage = stages.get(path);
  if (stage !== undefined) stages.set(path, { ...stage, ...changes });
}

function text(entry: LedgerEntry | undefined, field: string): string {
  const value = entry?.body[field];
  return typeof value === 'string' ? value : '';
}

function optional<Field extends string>(entry: LedgerEntry, field: Field): { [F in Field]?: string } {
  const value = entry.body[field];
  return (typeof value === 'string' ? { [field]: value } : {}) as { [F in Field]?: string };
}

/** A list that this program itself has written into the ledger. */
function list<T>(value: Json | undefined): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}
