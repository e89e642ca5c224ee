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
