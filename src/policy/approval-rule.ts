import type { ApprovalTerms, Approver } from '../contract/approval.ts';
import { agentsLetBy } from '../contract/grant.ts';
import type { ApprovalState } from './approval-state.ts';

/** Places that different people have to fill: of one group, or without a group of anybody. */
export interface Places {
  readonly group?: string;
  readonly count: number;
}

type Ballot = Pick<ApprovalState, 'terms' | 'approvers' | 'approvals' | 'rejections'>;

/** What is still missing for an approval: how many people in all, and by group where the rule asks by groups. */
export function needs(state: Ballot): { approvals: number; groups?: { group: string; approvals: number }[] } {
  const missing = missingPlaces(state);
  const approvals = missing.reduce((sum, { count }) => sum + count, 0);
  if (typeof state.terms.rule.quorum === 'number') return { approvals };
  return { approvals, groups: missing.map(({ group = '', count }) => ({ group, approvals: count })) };
}

export function isQuorate(state: Ballot): boolean {
  return missingPlaces(state).every(({ count }) => count === 0);
}

/** Whether one rejection ends the request. */
export function hasVeto({ rule }: ApprovalTerms): boolean {
  return rule.veto && !rule.majority;
}

/** Whether those who have not voted could still fill what is missing. */
export function isWithinReach(state: Ballot): boolean {
  const voted = new Set([...state.approvals, ...state.rejections].map(({ by }) => by));
  return canFill(
    missingPlaces(state),
    mayDecide(state).filter(({ id }) => !voted.has(id)),
  );
}

/** Those asked so far who may decide: the acting agent never may, the requester only where the rule says so. */
export function mayDecide({ terms, approvers }: Pick<Ballot, 'terms' | 'approvers'>): Approver[] {
  return approvers.filter(({ id }) => !isBarred(terms, id));
}

export function isBarred(terms: ApprovalTerms, id: string): boolean {
  const { requester, rule } = terms;
  return isActing(terms, id) || (id === requester && !rule.requesterMayDecide);
}

/** Whether somebody would act on an approval: as its acting agent, or under the mandate that it grants. */
export function isActing({ actingAgent, action }: ApprovalTerms, id: string): boolean {
  return id === actingAgent || agentsLetBy(action).includes(id);
}

/** The groups that a rule asks, or nothing where it asks for people in all. */
export function groupsOf({ rule }: ApprovalTerms): readonly string[] | undefined {
  return typeof rule.quorum === 'number' ? undefined : Object.keys(rule.quorum);
}

function missingPlaces(state: Ballot): Places[] {
  const { quorum, majority } = state.terms.rule;
  if (typeof quorum === 'number') {
    const moreThanHalf = majority ? Math.floor(mayDecide(state).length / 2) + 1 : 0;
    return [{ count: Math.max(0, Math.max(quorum, moreThanHalf) - state.approvals.length) }];
  }
  return Object.entries(quorum).map(([group, count]) => {
    const filled = state.approvals.filter((vote) => vote.group === group).length;
    return { group, count: Math.max(0, count - filled) };
  });
}

/**
 * Whether these people, each in one place, can fill all places: a matching of people to groups, found by letting each
 * newcomer move those already seated. Its depth is bounded by the number of groups, not of people.
 */
function canFill(places: readonly Places[], people: readonly Approver[]): boolean {
  const tables = places.map(({ group, count }) => ({ group, count, seated: [] as Approver[] }));
  const isFull = (): boolean => tables.every(({ count, seated }) => seated.length >= count);
  return isFull() || people.some((person) => seat(person, new Set()) && isFull());

  function seat(person: Approver, tried: Set<object>): boolean {
    for (const table of tables) {
      const fits = table.group === undefined || person.groups.includes(table.group);
      if (!fits || tried.has(table)) continue;
      tried.add(table);
      if (table.seated.length < table.count) {
        table.seated.push(person);
        return true;
      }
      const movable = table.seated.findIndex((other) => seat(other, tried));
      if (movable !== -1) {
        table.seated[movable] = person;
        return true;
      }
    }
    return false;
  }
}
