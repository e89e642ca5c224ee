import { sleep } from '@temporalio/workflow';
import type { WorkflowInterceptors } from '@temporalio/workflow';

/** For a bundle of workflows: a run is told to pause only after a while. */
export function interceptors(): WorkflowInterceptors {
  return {
    outbound: [
      {
        async signalWorkflow(input, next) {
          if (input.signalName === 'pause') await sleep('5 seconds');
          return next(input);
        },
      },
    ],
  };
}
