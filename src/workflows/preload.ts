// Loaded once into the sandbox that all workflows share; evaluating zod and the schemas for each workflow anew costs
// more than everything else a workflow does. The sandbox freezes what is shared, deeply, and zod's schemas do not
// work frozen; it stops at what is frozen already, so freezing the modules' namespaces keeps it away from the schemas.
import * as action from '../contract/action.ts';
import * as agent from '../contract/agent.ts';
import * as approvalRequest from '../contract/approval-request.ts';
import * as approval from '../contract/approval.ts';
import * as attestation from '../contract/attestation.ts';
import * as canonical from '../contract/canonical.ts';
import * as decisionWire from '../contract/decision-wire.ts';
import * as dispatch from '../contract/dispatch.ts';
import * as draft from '../contract/draft.ts';
import * as grant from '../contract/grant.ts';
import * as inboxRow from '../contract/inbox-row.ts';
import * as json from '../contract/json.ts';
import * as kinds from '../contract/kinds.ts';
import * as ledger from '../contract/ledger.ts';
import * as limits from '../contract/limits.ts';
import * as mandate from '../contract/mandate.ts';
import * as names from '../contract/names.ts';
import * as nonDelegable from '../contract/non-delegable.ts';
import * as notification from '../contract/notification.ts';
import * as pipeline from '../contract/pipeline.ts';
import * as principal from '../contract/principal.ts';
import * as priority from '../contract/priority.ts';
import * as reply from '../contract/reply.ts';
import * as retry from '../contract/retry.ts';
import * as run from '../contract/run.ts';
import * as text from '../contract/text.ts';

for (const namespace of [
  action,
  agent,
  approvalRequest,
  approval,
  attestation,
  canonical,
  decisionWire,
  dispatch,
  draft,
  grant,
  inboxRow,
  json,
  kinds,
  ledger,
  limits,
  mandate,
  names,
  nonDelegable,
  notification,
  pipeline,
  principal,
  priority,
  reply,
  retry,
  run,
  text,
]) {
  Object.freeze(namespace);
}
