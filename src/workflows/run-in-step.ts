import { CancellationScope } from '@temporalio/workflow';
import { runWorkflowId } from '../contract/ids.ts';
import type { ApprovalState } from '../policy/approval.ts';
import { pauseSignal, resumeSignal } from './messages.ts';
import { tell } from './tell.ts';

/** A suspended request pauses its run, and resumes it when it is suspended no longer. */
export class RunInStep {
  /** Whether the run was told to pause, and not to resume since. */
  paused: boolean;
  private readonly run: string | undefined;

  constructor(run: string | undefined, paused = false) {
    this.run = run;
    this.paused = paused;
  }

  async keep({ status }: Pick<ApprovalState, 'status'>): Promise<void> {
    const { run } = this;
    const suspended = status === 'suspended';
    if (run === undefined || suspended === this.paused) return;
    this.paused = suspended;
    // Half told would be wrong for ever.
    await CancellationScope.nonCancellable(() =>
      suspended
        ? tell(runWorkflowId(run), pauseSignal, { reason: 'the approval is overdue and suspended' })
        : tell(runWorkflowId(run), resumeSignal, { reason: 'the approval has ended' }),
    );
  }
}
