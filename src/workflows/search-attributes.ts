import { defineSearchAttributeKey } from '@temporalio/common';

/** Registered by `mandate migrate` and the embedded server; they carry ids and states, never contents: they are not encrypted. */
export const MandateStatus = defineSearchAttributeKey('MandateStatus', 'KEYWORD');
export const MandatePhase = defineSearchAttributeKey('MandatePhase', 'KEYWORD');
export const MandateAgent = defineSearchAttributeKey('MandateAgent', 'KEYWORD');
export const MandateRun = defineSearchAttributeKey('MandateRun', 'KEYWORD');
export const MandateApprovers = defineSearchAttributeKey('MandateApprovers', 'KEYWORD_LIST');
export const MandatePriority = defineSearchAttributeKey('MandatePriority', 'KEYWORD');
export const MandateDeadline = defineSearchAttributeKey('MandateDeadline', 'DATETIME');

/** Each search attribute with the type the server knows it by. */
export const SEARCH_ATTRIBUTES = {
  MandateStatus: 'Keyword',
  MandatePhase: 'Keyword',
  MandateAgent: 'Keyword',
  MandateRun: 'Keyword',
  MandateApprovers: 'KeywordList',
  MandatePriority: 'Keyword',
  MandateDeadline: 'Datetime',
} as const;
