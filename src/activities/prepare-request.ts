import type { ApprovalRequest, PreparedRequest } from '../contract/approval-request.ts';
import { MAX_APPROVERS } from '../contract/approval.ts';
import type { Approver, Asked } from '../contract/approval.ts';
import { digestOf } from '../contract/canonical.ts';
import { openApproval } from '../policy/approval.ts';
import { mergeApprovers } from '../policy/approval-state.ts';
import type { ApprovalDeps } from './approval-activities.ts';
import { independent } from './channels/channels.ts';
import { findRoute } from './find-route.ts';
import { sizeFault } from './worker-activities.ts';

/**
 * Looks whether a request can be made here: its groups have people, its channels are there, and where decisions have to
 * be proven those who could prove theirs can fill its rule. Refuses; nobody has been asked yet.
 */
export async function prepareRequest(request: ApprovalRequest, deps: ApprovalDeps): Promise<PreparedRequest> {
  const fault =
    sizeFault(request.action) ??
    wholeFault(request) ??
    channelFault(request, deps) ??
    (await reachFault(request, deps));
  if (fault !== undefined) return { ok: false, message: fault };

  const people = await peopleOf(request, deps);
  if (!people.ok) return people;
  const { approvers, escalation } = people;
  const all = mergeApprovers(approvers, ...escalation.map(({ to }) => to));
  if (all.length > MAX_APPROVERS) {
    return refused(
      `approvers: with the members of its groups ${all.length} people would be asked, ${MAX_APPROVERS} are the most; ask fewer`,
    );
  }
  return (await proofFault(request, approvers, all, deps)) ?? people;
}

/** What keeps requests of these settings from being told of as they ask; each is refused when it is made. */
export async function reachFaults(approvals: readonly Reach[], deps: ApprovalDeps): Promise<string[]> {
  const faults = await Promise.all(
    approvals.map(async ({ path, ...settings }) => {
      const fault = channelFault(settings, deps) ?? (await reachFault(settings, deps));
      return fault === undefined ? [] : [`${path}.${fault}`];
    }),
  );
  return faults.flat();
}

/** How the requests of one place in a pipeline are told of. */
export interface Reach extends Pick<ApprovalRequest, 'channels' | 'priority'> {
  readonly path: string;
}

// The action, and as much as people read beside it; the server takes no message of more than 2 MiB.
const MAX_REQUEST_BYTES = 320 * 1024;

function wholeFault(request: ApprovalRequest): string | undefined {
  const size = Buffer.byteLength(JSON.stringify(request));
  if (size <= MAX_REQUEST_BYTES) return undefined;
  return `The request has ${size} bytes, ${MAX_REQUEST_BYTES} are the most; leave what is large out of its context.`;
}

type Refused = Extract<PreparedRequest, { ok: false }>;

function refused(message: string): Refused {
  return { ok: false, message };
}

function channelFault({ channels = [] }: Pick<ApprovalRequest, 'channels'>, deps: ApprovalDeps): string | undefined {
  const unknown = channels.filter((name) => !deps.channels.byName.has(name));
  if (unknown.length === 0) return undefined;
  const known = [...deps.channels.byName.keys()].join(', ');
  return `channels: ${unknown.join(', ')} is not configured on the worker, which has ${known}; configure it, or name others`;
}

/** What is critical must not depend on one channel alone. */
async function reachFault(
  { priority, channels }: Pick<ApprovalRequest, 'channels' | 'priority'>,
  deps: ApprovalDeps,
): Promise<string | undefined> {
  const route = await findRoute({ class: 'approval_required', priority, channels }, deps);
  const there = independent(route.channels, route.ways);
  if (there >= route.required) return undefined;
  const over = route.channels.join(', ') || 'none';
  return `priority: ${priority} asks for ${route.required} independent channels, and this request would go over ${there} (${over}); route it over more, or name more in channels`;
}

async function peopleOf(request: ApprovalRequest, { store }: ApprovalDeps): Promise<PreparedRequest> {
  const lists = [request.approvers, ...request.escalation.map(({ to }) => to)];
  const groups = [...new Set(lists.flat().flatMap((each) => ('group' in each ? [each.group] : [])))];
  const members = groups.length === 0 ? new Map<string, string[]>() : await store.principals.membersOf(groups);
  const empty = groups.filter((group) => (members.get(group) ?? []).length === 0);
  if (empty.length > 0) {
    return refused(
      `${placeOf(request, (each) => 'group' in each && empty.includes(each.group))}: nobody is in the group ${empty.join(', ')}; put people into it with: mandate people change ID --group ${empty[0] ?? ''}`,
    );
  }
  const named = (asked: Asked): Approver[] =>
    mergeApprovers(
      asked.flatMap((each) =>
        'group' in each ? (members.get(each.group) ?? []).map((id) => ({ id, groups: [each.group] })) : [each],
      ),
    );
  return {
    ok: true,
    approvers: named(request.approvers),
    escalation: request.escalation.map((level) => ({ ...level, to: named(level.to) })),
  };
}

/** Where somebody is asked: among those who are first, or at a level. */
function placeOf({ approvers, escalation }: ApprovalRequest, isHere: (each: Asked[number]) => boolean): string {
  const level = approvers.some(isHere) ? -1 : escalation.findIndex(({ to }) => to.some(isHere));
  return level === -1 ? 'approvers' : `escalation[${level}].to`;
}

/** An agent never decides; and whose decision could never be proven cannot fill a place. */
async function proofFault(
  request: ApprovalRequest,
  approvers: readonly Approver[],
  all: readonly Approver[],
  { store, trustNamespace }: ApprovalDeps,
): Promise<Refused | undefined> {
  const known = new Map(await Promise.all(all.map(async ({ id }) => [id, await store.principals.get(id)] as const)));
  const agents = all.filter(({ id }) => known.get(id)?.kind === 'agent').map(({ id }) => id);
  if (agents.length > 0)
    return refused(
      `${placeOf(request, (each) => 'id' in each && agents.includes(each.id))}: ${agents.join(', ')} is an agent; only people decide, so ask people`,
    );
  const able = approvers.filter(({ id }) => {
    const principal = known.get(id);
    return principal === undefined ? trustNamespace : principal.disabledAt === null;
  });
  const { requester, actingAgent, rule, action } = request;
  const terms = {
    requester,
    ...(actingAgent === undefined ? {} : { actingAgent }),
    rule,
    action,
    digest: digestOf(action),
  };
  if (able.length === approvers.length || openApproval({ ...terms, approvers: able }, 0).ok) return undefined;
  const unknown = approvers.filter((each) => !able.includes(each)).map(({ id }) => id);
  return refused(
    `approvers: ${unknown.join(', ')} cannot prove a decision here, and the others cannot fill the rule; make them known with: mandate people add ID, then mandate tokens create ID`,
  );
}
