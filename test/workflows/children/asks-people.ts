import { askPeople } from '../../../src/workflows/ask-people.ts';
import type { ApprovalRequestInput, ApprovalResult } from '../../../src/workflows/ask-people.ts';

/** Somebody else's workflow, which asks with a payload of so many characters. */
export async function asksPeople(request: ApprovalRequestInput, characters: number): Promise<ApprovalResult> {
  const action = { ...request.action, payload: { text: 'x'.repeat(characters) } };
  return askPeople({ ...request, action }, { requestId: `of-${characters}` });
}
