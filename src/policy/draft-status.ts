import type { DraftStatus } from '../contract/dispatch.ts';

// The only transitions there are. An unknown outcome leaves needs_reconciliation by being settled, never by a second try.
const NEXT: Record<DraftStatus, readonly DraftStatus[]> = {
  pending: ['approved', 'rejected', 'expired', 'cancelled'],
  approved: ['executing', 'verify_failed', 'terminal_unrecoverable', 'expired', 'cancelled'],
  executing: ['completed', 'completed_with_error', 'needs_reconciliation'],
  needs_reconciliation: ['completed', 'completed_with_error'],
  completed: [],
  completed_with_error: [],
  rejected: [],
  expired: [],
  cancelled: [],
  verify_failed: [],
  terminal_unrecoverable: [],
};

export function mayBecome(from: DraftStatus, to: DraftStatus): boolean {
  return NEXT[from].includes(to);
}

/** True when nothing follows: an unknown outcome is not the end of a draft. */
export function isSettled(status: DraftStatus): boolean {
  return NEXT[status].length === 0;
}
