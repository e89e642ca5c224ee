import { APPROVALS } from './approvals.ts';
import { DISPATCHES } from './dispatches.ts';
import { MANDATES } from './mandates.ts';
import { NOTIFICATIONS } from './notifications.ts';
import type { Path } from './path.ts';
import { RUNS } from './runs.ts';

/** Every path through the workflows whose histories are kept, by name. */
export const PATHS: Readonly<Record<string, Path>> = {
  ...APPROVALS,
  ...DISPATCHES,
  ...MANDATES,
  ...NOTIFICATIONS,
  ...RUNS,
};
