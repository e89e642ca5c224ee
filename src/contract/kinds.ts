import { z } from 'zod';

/** The dispatch kinds: the allow-list by name. Each is carried out by the file of its name in activities/kinds. */
export const Kind = z.enum([
  'deploy_publish_prevalidated_artifact',
  'github_comment',
  'ledger_done',
  'notify_routing_update',
  'social_post',
  'webhook',
]);
export type Kind = z.infer<typeof Kind>;

/** Whether what a kind does can be undone. Known here too, where nothing of how it is done is; a test holds them equal. */
export function isReversible(kind: Kind): boolean {
  return REVERSIBLE[kind];
}

const REVERSIBLE: Readonly<Record<Kind, boolean>> = {
  deploy_publish_prevalidated_artifact: false,
  github_comment: false,
  ledger_done: true,
  notify_routing_update: true,
  social_post: false,
  webhook: false,
};
