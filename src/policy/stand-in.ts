import type { Approver, Asked } from '../contract/approval.ts';

/** Somebody of a group, where its members are not known yet: who is named stands for himself. */
export function standIn(asked: Asked[number]): Approver {
  return 'group' in asked ? { id: `a member of ${asked.group}`, groups: [asked.group] } : asked;
}
